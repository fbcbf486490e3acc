package wire

import (
	"fmt"
	"reflect"
	"strconv"
)

var errNumber = ErrBadFrame.WithMessage(fmt.Sprintf("A number must be whole, from 0 to %d.", uint64(MaxNumber)))

// CheckNumbers returns ErrBadFrame if a whole number in v is negative or above MaxNumber. v is a number, a list, or a
// pointer to the fields of a frame: all numbers in its structs, pointers, lists and maps are looked at, but for the settings.
func CheckNumbers(v any) error {
	if !numbersFit(reflect.ValueOf(v)) {
		return errNumber
	}
	return nil
}

func numbersFit(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return v.Uint() <= MaxNumber
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int() >= 0
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() || v.Elem().CanInt() { // that is a setting: its own bounds say more
			return true
		}
		return numbersFit(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if !numbersFit(v.Field(i)) {
				return false
			}
		}
	case reflect.Slice, reflect.Array:
		return listFits(v)
	case reflect.Map:
		for each := v.MapRange(); each.Next(); {
			if !numbersFit(each.Value()) {
				return false
			}
		}
	}
	return true
}

func listFits(v reflect.Value) bool {
	switch v.Type().Elem().Kind() {
	case reflect.String, reflect.Uint8:
		return true
	}
	for i := range v.Len() {
		if !numbersFit(v.Index(i)) {
			return false
		}
	}
	return true
}

// ParseNumber reads a number of a query's parameter, "" as 0. Errors: bad_frame.
func ParseNumber(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, errNumber
	}
	return n, nil
}
