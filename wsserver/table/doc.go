// Package table reads the names of people in a table as schools and companies have them: the exports of learning platforms,
// of meeting and office programs and of registers, in their own languages and encodings, or one name a line.
//
// [Decode] turns a file into text, [Read] turns text into rows with a name each, or with the reason why there is none.
// Every row that is neither blank nor a head is in the answer once, with the number of its line: nobody is lost without a
// word. Where it cannot be known which column holds the names, nobody is taken, and the answer says so.
//
// [Writer] is the other way: a table of whatever was said, in which no spreadsheet finds a formula.
package table
