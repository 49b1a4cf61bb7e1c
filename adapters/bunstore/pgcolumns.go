package bunstore

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun/schema"
)

// pgColumns are the columns of a row type in statements that are written by hand for PostgreSQL. Many rows are sent as one array for each
// column: the text of a statement is then the same for any number of rows, so that the server reads and plans it once.
type pgColumns[T any] struct {
	fields []pgField
}

type pgField struct {
	pgKind

	column   string
	index    []int // of the field in the row
	key      bool
	nullable bool // its zero value is NULL
}

// newPgColumns returns the columns of a row type but those left out. Every column must name its SQL type in its tag.
func newPgColumns[T any](tables *schema.Tables, leaveOut ...string) pgColumns[T] {
	var c pgColumns[T]
	for _, field := range tables.Get(reflect.TypeFor[T]()).Fields {
		if !slices.Contains(leaveOut, field.Name) {
			c.fields = append(c.fields, pgField{kindOf(field), field.Name, field.Index, field.IsPK, isNullable(field.IndirectType)})
		}
	}
	return c
}

// names returns the columns, each after the prefix.
func (c pgColumns[T]) names(prefix string) string {
	names := make([]string, len(c.fields))
	for i, field := range c.fields {
		names[i] = prefix + field.column
	}
	return strings.Join(names, ", ")
}

// assignments returns what sets every column but the key to that of u.
func (c pgColumns[T]) assignments() string {
	var set []string
	for _, field := range c.fields {
		if !field.key {
			set = append(set, field.column+" = u."+field.column)
		}
	}
	return strings.Join(set, ", ")
}

// from returns the rows as a table u, in their order. Its arguments are those of [pgColumns.arguments].
func (c pgColumns[T]) from() string {
	arrays := make([]string, len(c.fields))
	for i, field := range c.fields {
		arrays[i] = fmt.Sprintf("$%d::%s[]", i+1, field.name)
	}
	return "unnest(" + strings.Join(arrays, ", ") + ") WITH ORDINALITY AS u(" + c.names("") + ", place)"
}

// types returns the types of the arguments.
func (c pgColumns[T]) types() []uint32 {
	types := make([]uint32, len(c.fields))
	for i, field := range c.fields {
		types[i] = field.array
	}
	return types
}

// arguments returns the rows, one array for each column.
func (c pgColumns[T]) arguments(rows []T) [][]byte {
	const perValue = 14 // bytes, about: most are numbers, instants or absent
	all := make([]byte, 0, len(c.fields)*(20+perValue*len(rows))+512*len(rows))
	ends := make([]int, len(c.fields))
	at := reflect.ValueOf(rows)
	for i, field := range c.fields {
		all = appendArray(all, field.pgKind, len(rows))
		for n := range rows {
			all = appendValue(all, field, at.Index(n).FieldByIndex(field.index))
		}
		ends[i] = len(all)
	}
	arguments := make([][]byte, len(c.fields))
	begin := 0
	for i, end := range ends {
		arguments[i], begin = all[begin:end:end], end
	}
	return arguments
}

// scan returns the row that a result holds in the order of the columns.
func (c pgColumns[T]) scan(row *T, values [][]byte) {
	to := reflect.ValueOf(row).Elem()
	for i, field := range c.fields {
		scanValue(to.FieldByIndex(field.index), field.pgKind, values[i])
	}
}
