package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathReviews    = "/automation/reviews"
	maxReviewRanks = 100 // in one filter
)

// reviewRoutes returns what administrators do with reviews.
func (s *Server) reviewRoutes() []route {
	const one = pathReviews + "/:" + paramSweep
	return []route{
		post(pathReviews, domain.ScopeAdmin, s.startReview),
		post(one+"/cancel", domain.ScopeAdmin, cancelSweep(s, s.options.Reviewer.CancelReview, reviewDTOFrom)),
		post(one+"/resume", domain.ScopeAdmin, s.resumeReview),
		get(pathReviews, domain.ScopeAdmin, listSweeps(s, s.options.Reviewer.Reviews, reviewPageDTOFrom)),
		get(one, domain.ScopeAdmin, showSweep(s, s.options.Reviewer.Review, reviewDTOFrom)),
	}
}

// startReview answers POST /automation/reviews.
func (s *Server) startReview(c echo.Context) error {
	f, err := s.readSweep(c, true)
	if err != nil {
		return err
	}
	request := ports.ReviewRequest{Caller: f.Caller, Filter: filterFrom(f.nested("filter")), Override: f.override(), Apply: f.apply}
	if err := f.complete(c); err != nil {
		return err
	}
	started, err := s.options.Reviewer.StartReview(c.Request().Context(), request)
	if err != nil {
		return err
	}
	return s.underWay(c, started)
}

// underWay answers with a review that goes on from here by itself, and where to look at it.
func (s *Server) underWay(c echo.Context, review ports.ReviewProgress) error {
	c.Response().Header().Set(echo.HeaderLocation, pathReviews+"/"+review.ID)
	return answerAs(c, http.StatusAccepted, reviewDTOFrom(review, s.options.Clock.Now()))
}

// resumeReview answers POST /automation/reviews/{id}/resume, with or without a body.
func (s *Server) resumeReview(c echo.Context) error {
	id, err := pathSweep(c)
	if err != nil {
		return err
	}
	request := ports.ResumeRequest{ID: id}
	if request.Caller, err = caller(c); err != nil {
		return err
	}
	if c.Request().ContentLength != 0 {
		body, err := s.body(c)
		if err != nil {
			return err
		}
		f, err := readStrictly(body)
		if err != nil {
			return err
		}
		if request.Override = f.override(); f.findings.err() != nil {
			return f.findings.err()
		}
	}
	review, err := s.options.Reviewer.ResumeReview(c.Request().Context(), request)
	if err != nil {
		return err
	}
	return s.underWay(c, review)
}

func filterFrom(f fields) ports.StandingFilter {
	filter := ports.StandingFilter{Ranks: f.texts("ranks", maxReviewRanks), MinPoints: f.count("minPoints"), SeenSince: f.instant("seenSince")}
	if points := filter.MinPoints.Or(0); points < 0 || points > domain.MaxCount {
		f.fault("minPoints", fmt.Sprintf("must be 0 … %d", domain.MaxCount))
	}
	return filter
}

// override returns why the brake is to be passed over; "" where it is not.
func (f fields) override() string {
	given, reason := f.boolean("override"), f.text("reason")
	switch {
	case given.on && reason == "":
		f.fault("reason", "is required with override: say why")
	case !given.on && reason != "":
		f.fault("reason", "says why the brake is overridden; send it with override: true")
	default:
		f.checkReason(reason)
	}
	return reason
}

// texts returns a list of up to most texts, each as text does; none when it is absent or empty.
func (f fields) texts(name string, most int) []string {
	v := f.take(name)
	var texts []string
	switch {
	case v == "":
	case json.Unmarshal([]byte(v), &texts) != nil:
		f.fault(name, "must be a list of strings")
	case len(texts) > most:
		f.fault(name, fmt.Sprintf("must hold at most %d strings", most))
		return nil
	}
	for i, text := range texts {
		texts[i] = trimmed(text)
	}
	return texts
}
