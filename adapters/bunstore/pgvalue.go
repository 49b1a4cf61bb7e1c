package bunstore

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/uptrace/bun/schema"

	"github.com/grps/grps/domain"
)

// pgKind is how the values of a column travel to PostgreSQL and back, in its binary form
// (https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-FORMAT-CODES).
type pgKind struct {
	name    string // the type as SQL calls it
	element uint32 // its number
	array   uint32 // that of an array of it
}

// kindOf returns how a column of that SQL type travels: every whole number in 64 bits, which an integer column takes too. It panics for
// a type that no row has: a fault of the row type, found by any test.
func kindOf(field *schema.Field) pgKind {
	switch field.UserSQLType {
	case "bigint", "integer":
		return pgKind{"bigint", pgtype.Int8OID, pgtype.Int8ArrayOID}
	case "text":
		return pgKind{"text", pgtype.TextOID, pgtype.TextArrayOID}
	case "boolean":
		return pgKind{"boolean", pgtype.BoolOID, pgtype.BoolArrayOID}
	case "timestamptz":
		return pgKind{"timestamptz", pgtype.TimestamptzOID, pgtype.TimestamptzArrayOID}
	case "jsonb":
		return pgKind{"jsonb", pgtype.JSONBOID, pgtype.JSONBArrayOID}
	}
	panic(fmt.Sprintf("the column %s has the SQL type %q, which cannot travel", field.Name, field.UserSQLType))
}

// pgEpoch is the instant from which PostgreSQL counts the microseconds of a timestamptz, as Unix microseconds.
const pgEpoch = 946_684_800_000_000

// jsonbVersion comes before the text of a jsonb value.
const jsonbVersion = 1

// null is the length of a value that is NULL.
const null = 0xffffffff

// isNull reports whether a value, behind its length, is NULL.
func isNull(value []byte) bool { return binary.BigEndian.Uint32(value) == null }

// isNullable reports whether the zero value of a type of the row types is NULL.
func isNullable(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[text](), reflect.TypeFor[number](), reflect.TypeFor[document](), reflect.TypeFor[instant]():
		return true
	}
	return false
}

// appendValue appends the value of a column to an array: its length and its bytes.
func appendValue(array []byte, field pgField, value reflect.Value) []byte {
	if field.nullable && value.IsZero() {
		return binary.BigEndian.AppendUint32(array, null)
	}
	switch field.element {
	case pgtype.Int8OID:
		return appendInt64(array, value.Int())
	case pgtype.TextOID:
		return append(appendLength(array, value.Len()), value.String()...)
	case pgtype.JSONBOID:
		return append(append(appendLength(array, value.Len()+1), jsonbVersion), value.String()...)
	case pgtype.TimestamptzOID:
		return appendInt64(array, domain.Instant(*timeIn(value)).UnixMicro()-pgEpoch)
	case pgtype.BoolOID:
		if value.Bool() {
			return append(appendLength(array, 1), 1)
		}
	}
	return append(appendLength(array, 1), 0)
}

// timeIn returns where a field keeps its instant.
func timeIn(field reflect.Value) *time.Time {
	switch at := field.Addr().Interface().(type) {
	case *instant:
		return &at.at
	case *stamp:
		return &at.at
	}
	panic("a " + field.Type().String() + " holds no instant") // a fault of the row type, found by any test
}

// scanValue puts what a column holds into a field of a row. What cannot be understood is as if it were absent: other programs write rows.
func scanValue(field reflect.Value, kind pgKind, column []byte) {
	switch kind.element {
	case pgtype.Int8OID:
		field.SetInt(intOf(column))
	case pgtype.BoolOID:
		field.SetBool(len(column) == 1 && column[0] != 0)
	case pgtype.TextOID:
		field.SetString(string(column))
	case pgtype.JSONBOID:
		if len(column) > 0 {
			column = column[1:]
		}
		field.SetString(string(column))
	case pgtype.TimestamptzOID:
		*timeIn(field) = timeOf(column)
	}
}

// intOf returns the whole number in a column, 0 for NULL.
func intOf(column []byte) int64 {
	switch len(column) {
	case 8:
		return int64(binary.BigEndian.Uint64(column))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(column)))
	}
	return 0
}

// timeOf returns the instant in a column. It is the zero time for NULL and for what is beyond the years 1 to 9999, as infinity is.
func timeOf(column []byte) time.Time {
	if len(column) != 8 {
		return time.Time{}
	}
	n := intOf(column)
	const first, last = -62_135_596_800_000_000, 253_402_300_799_999_999 // Unix microseconds
	if n < first-pgEpoch || n > last-pgEpoch {
		return time.Time{}
	}
	return instantOf(time.UnixMicro(n + pgEpoch))
}

// appendArray appends the head of an array with one dimension of n elements.
func appendArray(array []byte, kind pgKind, n int) []byte {
	dimensions := uint32(1)
	if n == 0 {
		dimensions = 0
	}
	array = binary.BigEndian.AppendUint32(array, dimensions)
	array = binary.BigEndian.AppendUint32(array, 1) // there may be NULLs
	array = binary.BigEndian.AppendUint32(array, kind.element)
	if n > 0 {
		array = appendLength(array, n)
		array = binary.BigEndian.AppendUint32(array, 1) // the number of its first element
	}
	return array
}

func appendLength(array []byte, n int) []byte {
	return binary.BigEndian.AppendUint32(array, uint32(n))
}

func appendInt64(array []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(appendLength(array, 8), uint64(n))
}

// int64Value returns a whole number.
func int64Value(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// int64Array returns an array of whole numbers.
func int64Array(numbers []int64) []byte {
	array := appendArray(make([]byte, 0, 20+12*len(numbers)), pgKind{element: pgtype.Int8OID}, len(numbers))
	for _, n := range numbers {
		array = appendInt64(array, n)
	}
	return array
}
