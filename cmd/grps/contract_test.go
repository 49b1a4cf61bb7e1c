package main

import (
	"net/http"
	"strings"
	"sync"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/adapters/httpapi/contract"
)

// promised is the document that what processes answer is held against.
var promised = sync.OnceValues(func() (*contract.Contract, error) {
	text, err := httpapi.OpenAPI()
	if err != nil {
		return nil, err
	}
	return contract.New(text)
})

// hold fails the test when the OpenAPI document does not allow an exchange. What the stand-in for Roblox answers is not in it.
func (p *process) hold(request *http.Request, sent string, response *http.Response, answer []byte) {
	p.t.Helper()
	if strings.HasPrefix(request.URL.Path, "/_sandbox/") {
		return
	}
	document, err := promised()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, breach := range document.Check(contract.Exchange{
		Request: request, Sent: []byte(sent), Status: response.StatusCode, Header: response.Header, Answer: answer,
	}) {
		p.t.Errorf("breaks the OpenAPI document: %s", breach)
	}
}
