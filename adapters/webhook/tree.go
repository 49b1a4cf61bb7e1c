package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// errRepeated says that an object has the same key twice, which two readers could understand differently.
var errRepeated = errors.New("stands there twice; write it once")

// maxDepth bounds how deep values are nested; the file needs four levels.
const maxDepth = 16

// parse returns the JSON value of a text: maps, lists, texts, numbers, truth values. at is the pointer to what is wrong, if that is a
// repeated key.
func parse(content []byte) (value any, at string, err error) {
	if !utf8.Valid(content) {
		return nil, "", errors.New("is not UTF-8 text; save it as UTF-8")
	}
	if !json.Valid(content) {
		return nil, "", errors.New("is not one JSON value; check its commas, quotes and brackets")
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	return decode(decoder, "", 0)
}

// decode reads the next value of a text that is known to be well-formed.
func decode(d *json.Decoder, at string, depth int) (any, string, error) {
	if depth > maxDepth {
		return nil, at, errors.New("is nested too deep")
	}
	token, err := d.Token()
	if err != nil {
		return nil, at, err
	}
	switch token {
	case json.Delim('{'):
		return decodeObject(d, at, depth)
	case json.Delim('['):
		return decodeList(d, at, depth)
	}
	return token, "", nil
}

func decodeObject(d *json.Decoder, at string, depth int) (any, string, error) {
	object := make(map[string]any)
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, at, errors.New("is no JSON object")
		}
		if _, twice := object[name]; twice {
			return nil, key(at, name), errRepeated
		}
		value, where, err := decode(d, key(at, name), depth+1)
		if err != nil {
			return nil, where, err
		}
		object[name] = value
	}
	_, err := d.Token()
	return object, at, err
}

func decodeList(d *json.Decoder, at string, depth int) (any, string, error) {
	list := []any{}
	for d.More() {
		value, where, err := decode(d, item(at, len(list)), depth+1)
		if err != nil {
			return nil, where, err
		}
		list = append(list, value)
	}
	_, err := d.Token()
	return list, at, err
}
