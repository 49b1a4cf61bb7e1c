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

// fromOne returns a single row as a table u. Its arguments are those of [pgColumns.values].
func (c pgColumns[T]) fromOne() string {
	values := make([]string, len(c.fields))
	for i, field := range c.fields {
		values[i] = fmt.Sprintf("$%d::%s AS %s", i+1, field.name, field.column)
	}
	return "(SELECT " + strings.Join(values, ", ") + ", 1 AS place) AS u"
}

// types returns the types of the arguments of many rows, and of one.
func (c pgColumns[T]) types() (many, one []uint32) {
	for _, field := range c.fields {
		many, one = append(many, field.array), append(one, field.element)
	}
	return many, one
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

// values returns one row, one argument for each column.
func (c pgColumns[T]) values(row *T) [][]byte {
	const length = 4 // bytes before each value
	all := make([]byte, 0, 1024)
	begins := make([]int, len(c.fields)+1)
	from := reflect.ValueOf(row).Elem()
	for i, field := range c.fields {
		all = appendValue(all, field, from.FieldByIndex(field.index))
		begins[i+1] = len(all)
	}
	values := make([][]byte, len(c.fields))
	for i := range values {
		if value := all[begins[i]:begins[i+1]:begins[i+1]]; !isNull(value) {
			values[i] = value[length:]
		}
	}
	return values
}

// scan returns the row that a result holds in the order of the columns.
func (c pgColumns[T]) scan(row *T, values [][]byte) {
	to := reflect.ValueOf(row).Elem()
	for i, field := range c.fields {
		scanValue(to.FieldByIndex(field.index), field.pgKind, values[i])
	}
}
