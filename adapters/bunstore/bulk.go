package bunstore

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun/schema"
)

// bulk sends rows to PostgreSQL as one array for each column. The text of a statement is then the same for any number of rows, and so
// short that the server spends its time on rows: with values in the text it spends most of it on reading them.
type bulk[T any] struct {
	fields []*schema.Field
}

// newBulk returns the columns of a row type but those left out. Every column must name its SQL type in its tag.
func newBulk[T any](tables *schema.Tables, leaveOut ...string) bulk[T] {
	var b bulk[T]
	for _, field := range tables.Get(reflect.TypeFor[T]()).Fields {
		if field.UserSQLType == "" {
			panic(fmt.Sprintf("the column %s names no SQL type", field.Name)) // a fault of the row type, found by any test
		}
		if !slices.Contains(leaveOut, field.Name) {
			b.fields = append(b.fields, field)
		}
	}
	return b
}

// names returns the columns, each after the prefix.
func (b bulk[T]) names(prefix string) string {
	names := make([]string, len(b.fields))
	for i, field := range b.fields {
		names[i] = prefix + field.Name
	}
	return strings.Join(names, ", ")
}

// values returns the columns of what from names u as they are stored.
func (b bulk[T]) values() string {
	values := make([]string, len(b.fields))
	for i, field := range b.fields {
		values[i] = valueOf(field)
	}
	return strings.Join(values, ", ")
}

// assignments returns what sets every column but the key to that of u.
func (b bulk[T]) assignments() string {
	var set []string
	for _, field := range b.fields {
		if !field.IsPK {
			set = append(set, field.Name+" = "+valueOf(field))
		}
	}
	return strings.Join(set, ", ")
}

// from returns the rows as a table u, in their order. Its arguments are those of [bulk.arguments].
func (b bulk[T]) from() string {
	arrays := make([]string, len(b.fields))
	for i, field := range b.fields {
		arrays[i] = fmt.Sprintf("$%d::%s[]", i+1, arrayType(field))
	}
	return "unnest(" + strings.Join(arrays, ", ") + ") WITH ORDINALITY AS u(" + b.names("") + ", place)"
}

// arguments returns the rows, one array for each column.
func (b bulk[T]) arguments(rows []T) []any {
	arguments := make([]any, len(b.fields))
	at := reflect.ValueOf(rows)
	for i, field := range b.fields {
		arguments[i] = arrayOf(at, field)
	}
	return arguments
}

// arrayType returns the type of the elements in which a column travels: JSON as its text, every number in 64 bits.
func arrayType(field *schema.Field) string {
	switch field.UserSQLType {
	case "integer":
		return "bigint"
	case "jsonb":
		return "text"
	}
	return field.UserSQLType
}

// valueOf returns a column of u as it is stored: what the row types write as NULL travels as an empty text or as 0.
func valueOf(field *schema.Field) string {
	switch field.IndirectType {
	case reflect.TypeFor[text]():
		return "nullif(u." + field.Name + ", '')"
	case reflect.TypeFor[document]():
		return "nullif(u." + field.Name + ", '')::jsonb"
	case reflect.TypeFor[number]():
		return "nullif(u." + field.Name + ", 0)"
	}
	return "u." + field.Name
}

// arrayOf returns a column of the rows.
func arrayOf(rows reflect.Value, field *schema.Field) any {
	n := rows.Len()
	value := func(i int) reflect.Value { return rows.Index(i).FieldByIndex(field.Index) }
	switch field.IndirectType {
	case reflect.TypeFor[instant](), reflect.TypeFor[stamp]():
		array := make([]*time.Time, n)
		for i := range array {
			array[i] = timeOf(value(i))
		}
		return array
	}
	switch field.IndirectType.Kind() {
	case reflect.String:
		array := make([]string, n)
		for i := range array {
			array[i] = value(i).String()
		}
		return array
	case reflect.Bool:
		array := make([]bool, n)
		for i := range array {
			array[i] = value(i).Bool()
		}
		return array
	default:
		array := make([]int64, n)
		for i := range array {
			array[i] = value(i).Int()
		}
		return array
	}
}

// timeOf returns the instant in a column; nil for NULL.
func timeOf(column reflect.Value) *time.Time {
	switch at := column.Addr().Interface().(type) {
	case *instant:
		if !at.at.IsZero() {
			return &at.at
		}
	case *stamp:
		return &at.at
	}
	return nil
}
