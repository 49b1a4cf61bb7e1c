package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	problemType = "application/problem+json"
	// statusClientGone is nginx's word for a client that left before it was answered; nobody reads the answer.
	statusClientGone = 499
	codeInternal     = "internal"
	codeMalformed    = "body_malformed"
	codeValidation   = "validation_failed"
	codeOverloaded   = "overloaded"
)

// problem is a problem document (RFC 9457) and what the log says of it.
type problem struct {
	Type      string     `json:"type"`
	Title     string     `json:"title"`
	Status    int        `json:"status"`
	Detail    string     `json:"detail"`
	Code      string     `json:"code"`
	RequestID string     `json:"requestId"`
	Errors    []fieldDTO `json:"errors,omitempty"`
	Decision  *ledgerDTO `json:"decision,omitempty"` // what the rules say now, where that is the problem

	kind       string
	retryAfter time.Duration // 0 for a problem that waiting does not solve
}

type fieldDTO struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// refusal is an error of HTTP's own: of headers, of the body's form, of keys. Its detail is safe to show.
type refusal struct {
	status int
	code   string
	detail string
}

func (r *refusal) Error() string { return r.code + ": " + r.detail }

func refuse(status int, code, format string, arguments ...any) error {
	return &refusal{status, code, fmt.Sprintf(format, arguments...)}
}

// answerProblem is Echo's error handler: it sends the problem document of err, unless an answer is under way already.
func (s *Server) answerProblem(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := problemOf(c.Request().Context(), err)
	p.RequestID = requestID(c)
	if outdated, ok := errors.AsType[*ports.OutdatedError](err); ok {
		decision := ledgerDTOFrom(outdated.Now, s.options.ApprovalTTL)
		p.Decision = &decision
	}
	if p.retryAfter > 0 {
		seconds := (p.retryAfter + time.Second - 1) / time.Second
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.FormatInt(int64(seconds), 10))
	}
	document, err := json.Marshal(p)
	if err != nil {
		document = []byte("{}") // a struct of texts and numbers always has a JSON text
	}
	// An error here means that the client is gone: there is no one left to tell.
	_ = c.Blob(p.Status, problemType, document)
}

// problemOf is the only place where an error becomes HTTP. What it does not know is internal, and then nothing of the error's text is
// in the document. client is the request's context: when it was cancelled, the client has gone.
func problemOf(client context.Context, err error) problem {
	if errors.Is(err, context.Canceled) && errors.Is(client.Err(), context.Canceled) {
		return newProblem(statusClientGone, "client_gone", "the client closed the request", "canceled")
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		return newProblem(r.status, r.code, r.detail, kindOfStatus(r.status))
	}
	if d, ok := errors.AsType[*domain.Error](err); ok && d.Kind != domain.KindInternal {
		return domainProblem(d)
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok && e.Code < http.StatusInternalServerError {
		return routeProblem(e)
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		p := newProblem(http.StatusServiceUnavailable, "timeout", "the request took too long; repeat it", domain.KindUnavailable.String())
		p.retryAfter = time.Second
		return p
	}
	return newProblem(http.StatusInternalServerError, codeInternal,
		"something went wrong inside the service; name the request id when you report it", domain.KindInternal.String())
}

func newProblem(status int, code, detail, kind string) problem {
	title := http.StatusText(status)
	if status == statusClientGone {
		title = "Client Closed Request"
	}
	return problem{Type: "urn:grps:problem:" + code, Title: title, Status: status, Detail: detail, Code: code, kind: kind}
}

func domainProblem(d *domain.Error) problem {
	code, detail := d.Code, d.Message
	if code == "" {
		code = d.Kind.String()
	}
	if len(d.Fields) > 0 {
		code = codeValidation
	}
	for i, f := range d.Fields {
		detail += fieldSeparator(i) + f.Field + " " + f.Message
	}
	p := newProblem(statusOf(d.Kind), code, detail, d.Kind.String())
	for _, f := range d.Fields {
		p.Errors = append(p.Errors, fieldDTO{f.Field, f.Message})
	}
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		p.retryAfter = max(d.RetryAfter, time.Second)
	}
	return p
}

func fieldSeparator(i int) string {
	if i == 0 {
		return ": "
	}
	return "; "
}

// statusOf is the one map from kinds to statuses.
func statusOf(kind domain.Kind) int {
	switch kind {
	case domain.KindInvalid:
		return http.StatusUnprocessableEntity
	case domain.KindNotFound:
		return http.StatusNotFound
	case domain.KindConflict, domain.KindBlocked:
		return http.StatusConflict
	case domain.KindDenied:
		return http.StatusForbidden
	case domain.KindExhausted:
		return http.StatusTooManyRequests
	case domain.KindUnavailable:
		return http.StatusServiceUnavailable
	case domain.KindInternal:
	}
	return http.StatusInternalServerError
}

// kindOfStatus returns the kind's word for a refusal, for the log.
func kindOfStatus(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return domain.KindDenied.String()
	case http.StatusNotFound:
		return domain.KindNotFound.String()
	}
	return domain.KindInvalid.String()
}

// routeProblem returns the problem for what Echo's router refuses.
func routeProblem(e *echo.HTTPError) problem {
	switch e.Code {
	case http.StatusNotFound:
		return newProblem(e.Code, "route_not_found", "there is nothing at this path; /docs shows the routes, unless DOCS=false hides it", kindOfStatus(e.Code))
	case http.StatusMethodNotAllowed:
		return newProblem(e.Code, "method_not_allowed", "this path does not take this method; the header Allow lists those it takes",
			kindOfStatus(e.Code))
	}
	code := strings.ReplaceAll(strings.ToLower(http.StatusText(e.Code)), " ", "_")
	return newProblem(e.Code, code, http.StatusText(e.Code), kindOfStatus(e.Code))
}

// invalidFields returns the error for an input whose form is right and whose fields are not.
func invalidFields(faults []domain.FieldError) error {
	return &domain.Error{
		Kind: domain.KindInvalid, Code: codeValidation, Message: "the request has fields that cannot be accepted", Fields: faults,
	}
}
