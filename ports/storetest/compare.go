package storetest

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

// same fails the test unless got is exactly want, unexported fields included. Instants must be the same value, not merely the same
// moment: UTC and without a monotonic reading. Metadata may be written differently as long as it is the same JSON.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, exactly()...); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func exactly() []cmp.Option {
	metadata := func(p cmp.Path) bool {
		field, ok := p.Last().(cmp.StructField)
		return ok && field.Name() == "Metadata"
	}
	return []cmp.Option{
		cmp.Exporter(func(reflect.Type) bool { return true }),
		cmp.Comparer(func(a, b time.Time) bool { return a == b }),
		cmp.FilterPath(metadata, cmp.Transformer("JSON", func(text string) any {
			var value any
			if json.Unmarshal([]byte(text), &value) != nil {
				return text
			}
			return value
		})),
	}
}

// refused fails the test unless err says that the work could not be done: a domain error of kind unavailable or internal.
func refused(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: got no error, want one", what)
		return
	}
	if _, ok := errors.AsType[*domain.Error](err); !ok {
		t.Errorf("%s: got %v (%T), want a domain error", what, err, err)
	}
	if kind := domain.KindOf(err); kind != domain.KindUnavailable && kind != domain.KindInternal {
		t.Errorf("%s: got an error of kind %s (%v), want unavailable or internal", what, kind, err)
	}
}

// is fails the test unless err is the sentinel want.
func is(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %q", what, err, want)
	}
}

// full fails the test when a field of a fixture that is to hold every field is zero, so that a field added later is not forgotten.
func full(t *testing.T, fixture any) {
	t.Helper()
	for _, path := range blanks(reflect.ValueOf(fixture), reflect.TypeOf(fixture).Name()) {
		t.Errorf("the fixture leaves %s zero: give it a value, so that it is seen to come back", path)
	}
}

// blanks returns the paths of all zero values in v. It looks into structs with exported fields and through pointers.
func blanks(v reflect.Value, path string) []string {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	var found []string
	open := false
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				open = true
				found = append(found, blanks(v.Field(i), path+"."+field.Name)...)
			}
		}
	}
	if !open && v.IsZero() {
		return []string{path}
	}
	return found
}
