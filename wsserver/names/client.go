package names

// cleanName is checkName of a name that may be absent: nil stays nil.
func CleanName(name *string) (*string, error) {
	if name == nil {
		return nil, nil
	}
	clean, err := CheckName(*name)
	return &clean, err
}
