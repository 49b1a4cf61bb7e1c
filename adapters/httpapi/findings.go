package httpapi

import (
	"time"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// findings answers GET /findings.
func (s *Server) findings(c echo.Context) error {
	q := queryOf(c.Request().URL)
	filter := ports.FindingFilter{User: q.userID("userId"), Kind: q.findingKind("kind"), Since: q.instant("since")}
	cursor, limit := q.cursor(), q.limit(defaultPageRows)
	if q.err != nil {
		return q.err
	}
	page, err := s.options.Historian.Findings(c.Request().Context(), filter, cursor, limit)
	if err != nil {
		return err
	}
	return answer(c, findingPageDTOFrom(page))
}

// findingKind returns a kind of findings; 0 when it is absent.
func (q *query) findingKind(name string) domain.FindingKind {
	text, given := q.text(name)
	if !given {
		return 0
	}
	kind, err := domain.ParseFindingKind(text)
	if err != nil {
		q.fault(name, "must be points_growth, points_fell or experiences_disagree")
	}
	return kind
}

type findingPageDTO struct {
	Findings   []findingDTO `json:"findings"`
	NextCursor *string      `json:"nextCursor"`
}

// findingDTO is something odd about a report.
type findingDTO struct {
	ID         string            `json:"id"`
	UserID     int64             `json:"userId"`
	Kind       string            `json:"kind"`
	Detail     string            `json:"detail"`
	At         *string           `json:"at"`
	ObservedAt *string           `json:"observedAt"`
	Experience experienceDTO     `json:"experience"`
	Principal  *string           `json:"principal"`
	SnapshotID *int64            `json:"snapshotId"`
	Details    findingDetailsDTO `json:"details"`
}

// findingDetailsDTO is the numbers of a finding. What its kind does not have is null.
type findingDetailsDTO struct {
	PointsBefore    int64          `json:"pointsBefore"`
	PointsAfter     int64          `json:"pointsAfter"`
	WindowHours     *int64         `json:"windowHours"`
	Cap             *int64         `json:"cap"`
	Growth          *int64         `json:"growth"`
	OtherExperience *experienceDTO `json:"otherExperience"`
	SecondsApart    *float64       `json:"secondsApart"`
}

func findingPageDTOFrom(page ports.FindingPage) findingPageDTO {
	return findingPageDTO{Findings: each(page.Findings, findingDTOFrom), NextCursor: textOrNull(page.Next)}
}

func findingDTOFrom(f ports.FindingRecord) findingDTO {
	return findingDTO{
		ID: f.ID, UserID: f.UserID.Int64(), Kind: f.Finding.Kind.String(), Detail: f.Finding.Sentence(),
		At: instantText(f.At), ObservedAt: instantText(f.ObservedAt), Experience: experienceDTOFrom(f.Experience),
		Principal: textOrNull(f.Principal), SnapshotID: numberOrNull(f.SnapshotID), Details: findingDetailsDTOFrom(f.Finding),
	}
}

func findingDetailsDTOFrom(f domain.Finding) findingDetailsDTO {
	dto := findingDetailsDTO{PointsBefore: f.Before, PointsAfter: f.After}
	switch f.Kind {
	case domain.FindingGrowth:
		hours := int64(f.Window / time.Hour)
		dto.WindowHours, dto.Cap, dto.Growth = &hours, &f.Cap, &f.Growth
	case domain.FindingDisagree:
		other, apart := experienceDTOFrom(f.Other), f.Apart.Seconds()
		dto.OtherExperience, dto.SecondsApart = &other, &apart
	case domain.FindingFell:
	}
	return dto
}
