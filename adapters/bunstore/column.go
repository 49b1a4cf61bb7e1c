package bunstore

import (
	"database/sql/driver"
	"fmt"
)

// text is a nullable text; "" is NULL.
type text string

// Value implements driver.Valuer.
func (t text) Value() (driver.Value, error) {
	if t == "" {
		return nil, nil //nolint:nilnil // NULL is a value
	}
	return string(t), nil
}

// number is a nullable whole number; 0 is NULL.
type number int64

// Value implements driver.Valuer.
func (n number) Value() (driver.Value, error) {
	if n == 0 {
		return nil, nil //nolint:nilnil // NULL is a value
	}
	return int64(n), nil
}

// document is the text of a JSON value; "" is NULL.
type document string

// Value implements driver.Valuer.
func (d document) Value() (driver.Value, error) { return text(d).Value() }

// Scan implements sql.Scanner.
func (d *document) Scan(source any) error {
	switch v := source.(type) {
	case nil:
		*d = ""
	case string:
		*d = document(v)
	case []byte:
		*d = document(v)
	default:
		return fmt.Errorf("read a JSON column: got a %T, want text", source)
	}
	return nil
}
