package bunstore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/grps/grps/domain"
)

// documentFrom returns the JSON text of a value.
func documentFrom(value any) (document, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("write a JSON column: %w", err)
	}
	return document(encoded), nil
}

// documentUnlessZero returns the JSON text of a value, and "" for the zero value.
func documentUnlessZero[T comparable](value T) (document, error) {
	if value == *new(T) {
		return "", nil
	}
	return documentFrom(value)
}

// decode reads the JSON text into value; "" leaves it as it is.
func (d document) decode(value any) error {
	if d == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(d), value); err != nil {
		return fmt.Errorf("read a JSON column: %w", err)
	}
	return nil
}

// timeDTO returns "" for the zero time.
func timeDTO(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return formatInstant(t)
}

func timesDTO(instants []time.Time) []string {
	var texts []string
	for _, t := range instants {
		texts = append(texts, timeDTO(t))
	}
	return texts
}

// movesFromTexts leaves out what is no instant.
func movesFromTexts(texts []string) domain.Moves {
	var instants []time.Time
	for _, text := range texts {
		instants = append(instants, parseInstant(text))
	}
	return domain.MovesOf(instants...)
}

// metadataFromDocument returns the text of a JSON object without spaces between its parts, and "" when it is something else.
func metadataFromDocument(d document) string {
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(d)) != nil || !bytes.HasPrefix(compact.Bytes(), []byte("{")) {
		return ""
	}
	return compact.String()
}

func documentFromTexts(texts []string) document {
	if len(texts) == 0 {
		return ""
	}
	list, err := json.Marshal(texts)
	if err != nil {
		panic(err) // a list of texts always has a JSON form
	}
	return document(list)
}

// textsFromDocument returns the texts of a JSON list, and none when it is something else.
func textsFromDocument(d document) []string {
	var texts []string
	if d == "" || json.Unmarshal([]byte(d), &texts) != nil {
		return nil
	}
	return texts
}
