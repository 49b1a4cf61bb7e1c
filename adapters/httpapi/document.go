package httpapi

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed openapi/*.yaml
var documentFiles embed.FS

const documentFolder = "openapi"

// writtenDocument is the document's text; it is the same for every server, and made when somebody asks for it first.
var writtenDocument = sync.OnceValues(func() ([]byte, error) {
	document, err := readDocument(documentFiles)
	if err == nil {
		err = spellOut(document)
	}
	if err != nil {
		return nil, fmt.Errorf("make the OpenAPI document: %w", err)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return bytes.TrimSpace(text.Bytes()), nil
})

// OpenAPI returns the OpenAPI 3.1 document that describes every route, as JSON. The text is the caller's.
func OpenAPI() ([]byte, error) {
	text, err := writtenDocument()
	return bytes.Clone(text), err
}

// readDocument merges the files of the folder: the frame, and what the others add to it. No two say the same thing.
func readDocument(files fs.FS) (*branch, error) {
	names, err := fs.Glob(files, documentFolder+"/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the files: %w", err)
	}
	document := &branch{}
	frame := documentFolder + "/openapi.yaml"
	for _, name := range append([]string{frame}, names...) {
		if name == frame && document.get("openapi") != nil {
			continue
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		var root yaml.Node
		if err := yaml.Unmarshal(text, &root); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		part, err := treeOf(&root)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		members, ok := part.(*branch)
		if !ok {
			return nil, fmt.Errorf("read %s: it is no mapping", name)
		}
		if err := document.merge(members); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return document, nil
}
