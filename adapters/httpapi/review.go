package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathReviews    = "/automation/reviews"
	paramReview    = "id"
	maxReviewRanks = 100 // in one filter
)

// reviewRoutes returns what administrators do with reviews.
func (s *Server) reviewRoutes() []route {
	const one = pathReviews + "/:" + paramReview
	return []route{
		post(pathReviews, domain.ScopeAdmin, s.startReview),
		post(one+"/cancel", domain.ScopeAdmin, s.cancelReview),
		post(one+"/resume", domain.ScopeAdmin, s.resumeReview),
		get(pathReviews, domain.ScopeAdmin, s.reviews),
		get(one, domain.ScopeAdmin, s.review),
	}
}

// startReview answers POST /automation/reviews.
func (s *Server) startReview(c echo.Context) error {
	asked, err := flagsOf(c.Request().Header)
	if err != nil {
		return err
	}
	from, err := caller(c)
	if err != nil {
		return err
	}
	body, err := s.body(c)
	if err != nil {
		return err
	}
	request, err := readReview(body, from, asked.apply)
	if err != nil {
		return err
	}
	if err := mayActFor(c, request.Actor); err != nil {
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

// review answers GET /automation/reviews/{id}.
func (s *Server) review(c echo.Context) error {
	id, err := pathReview(c)
	if err != nil {
		return err
	}
	review, err := s.options.Reviewer.Review(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return answer(c, reviewDTOFrom(review, s.options.Clock.Now()))
}

// reviews answers GET /automation/reviews.
func (s *Server) reviews(c echo.Context) error {
	q := queryOf(c.Request().URL)
	cursor, limit := q.cursor(), q.limit(defaultPageRows)
	if q.err != nil {
		return q.err
	}
	page, err := s.options.Reviewer.Reviews(c.Request().Context(), cursor, limit)
	if err != nil {
		return err
	}
	return answer(c, reviewPageDTOFrom(page, s.options.Clock.Now()))
}

// cancelReview answers POST /automation/reviews/{id}/cancel. A body is not looked at.
func (s *Server) cancelReview(c echo.Context) error {
	id, err := pathReview(c)
	if err != nil {
		return err
	}
	from, err := caller(c)
	if err != nil {
		return err
	}
	review, err := s.options.Reviewer.CancelReview(c.Request().Context(), from, id)
	if err != nil {
		return err
	}
	return answer(c, reviewDTOFrom(review, s.options.Clock.Now()))
}

// resumeReview answers POST /automation/reviews/{id}/resume, with or without a body.
func (s *Server) resumeReview(c echo.Context) error {
	id, err := pathReview(c)
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

// pathReview returns the review that the path names.
func pathReview(c echo.Context) (string, error) {
	id, err := pathPart(c, paramReview)
	if err != nil {
		return "", err
	}
	if !looksLikeUUID(id) {
		return "", domain.ErrNotFound
	}
	return strings.ToLower(id), nil
}

// readReview returns the request that a body holds. The actor of the body goes before the header's; apply may be in either, but the two
// must not contradict each other. A dry run does not apply, whatever else is said.
func readReview(body []byte, from ports.Caller, header flag) (ports.ReviewRequest, error) {
	f, err := readStrictly(body)
	if err != nil {
		return ports.ReviewRequest{}, err
	}
	request := ports.ReviewRequest{Caller: from, Filter: filterFrom(f.nested("filter")), Override: f.override()}
	if actor := f.userID("actorUserId"); !actor.IsZero() {
		request.Actor = actor
	}
	apply, dry := f.boolean("apply"), f.boolean("dryRun")
	if apply.given && header.given && apply.on != header.on {
		f.fault("apply", "contradicts the header "+headerApply)
	}
	request.Apply = (apply.on || header.on) && !dry.on
	return request, f.findings.err()
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
	case utf8.RuneCountInString(reason) > ports.MaxReason:
		f.fault("reason", fmt.Sprintf("must be at most %d characters long", ports.MaxReason))
	case hasHidden(reason):
		f.fault("reason", "must not hold control characters or text-direction overrides")
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
