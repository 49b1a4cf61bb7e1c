package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathIngest     = "/roblox/events/player-activity"
	headerReplayed = "Idempotent-Replayed"
)

// ingest answers POST /roblox/events/player-activity.
func (s *Server) ingest(c echo.Context) error {
	request := ports.IngestRequest{}
	header := c.Request().Header
	asked, err := flagsOf(header)
	if err != nil {
		return err
	}
	if err := mayApply(c, asked.apply.on); err != nil {
		return err
	}
	request.Evaluate, request.Apply = asked.evaluate.on, asked.apply.on
	if request.Key, err = idempotencyKey(header); err != nil {
		return err
	}
	if request.Caller, err = caller(c); err != nil {
		return err
	}
	body, err := s.body(c)
	if err != nil {
		return err
	}
	if request.Report, err = readReport(body, s.options.Clock.Now()); err != nil {
		return err
	}
	if err := mayReport(callerKey(c), request.Experience, request.Report.Experience); err != nil {
		return err
	}
	if request.Report.Experience.Key == "" {
		request.Report.Experience.Key = request.Experience
	}
	result, err := s.options.Ingester.Ingest(c.Request().Context(), request)
	if err != nil {
		return err
	}
	if result.Replayed {
		c.Response().Header().Set(headerReplayed, "true")
	}
	return answer(c, ingestDTOFrom(result))
}

// readReport returns the report that a body holds. The error names every field that is wrong, by type or by domain's rules as of now.
func readReport(body []byte, now time.Time) (domain.Report, error) {
	f, err := readFields(body)
	if err != nil {
		return domain.Report{}, err
	}
	return reportOf(f, now)
}

// reportOf is readReport for a body whose fields may hold more than the report.
func reportOf(f fields, now time.Time) (domain.Report, error) {
	report := reportFrom(f)
	if f.findings.clash == nil && len(f.findings.faults) > 0 {
		f.findings.faults = withDomainFaults(f.findings.faults, report, now)
	}
	return report, f.findings.err()
}

// reportFrom takes the fields of a snapshot, noting what is wrong with them.
func reportFrom(f fields) domain.Report {
	return domain.Report{
		UserID:          f.required("userId").userID("userId"),
		Username:        f.required("username").text("username"),
		DisplayName:     f.text("displayName"),
		Rank:            f.text("rank"),
		Points:          f.required("rankPoints").count("rankPoints").Or(0),
		Kos:             f.required("kos").count("kos").Or(0),
		Wos:             f.required("wos").count("wos").Or(0),
		Warnings:        f.count("warnings"),
		Recommendations: f.count("recommendations"),
		Punishment:      punishmentFrom(f),
		PunishmentUntil: f.instant("punishmentExpiresAt"),
		Experience:      experienceFrom(f.nested("experience")),
		GroupID:         f.id("groupId"),
		Metadata:        f.document("metadata"),
		ObservedAt:      f.instant("observedAt"),
	}
}

func punishmentFrom(f fields) domain.PunishmentStatus {
	const name = "punishmentStatus"
	status, err := domain.ParsePunishmentStatus(f.text(name))
	if err != nil {
		f.fault(name, `must be null, "Trial_Punishment" or "Punishment_Severe"`)
	}
	return status
}

func experienceFrom(f fields) domain.Experience {
	experience := domain.Experience{PlaceID: f.id("placeId"), Server: f.text("server"), Key: f.text("experienceKey")}
	if universe, err := domain.NewUniverseID(f.id("universeId")); err == nil {
		experience.Universe = universe
	}
	return experience
}

// withDomainFaults adds what domain finds wrong with the fields that could be read, so that a caller learns of every fault at once.
func withDomainFaults(faults []domain.FieldError, report domain.Report, now time.Time) []domain.FieldError {
	_, err := domain.NewSnapshot(report, now)
	refused, ok := errors.AsType[*domain.Error](err)
	if !ok {
		return faults
	}
	for _, fault := range refused.Fields {
		known := slices.ContainsFunc(faults, func(f domain.FieldError) bool { return f.Field == fault.Field })
		if !known {
			faults = append(faults, fault)
		}
	}
	return faults
}

// ingestDTO is the answer to a report.
type ingestDTO struct {
	Player   playerDTO    `json:"player"`
	Decision *decisionDTO `json:"decision,omitempty"`
	Outcome  string       `json:"outcome"`
}

func ingestDTOFrom(result ports.IngestResult) ingestDTO {
	dto := ingestDTO{Player: playerDTOFrom(result.Player), Outcome: result.Outcome.String()}
	if result.Decision != nil {
		decision := decisionDTOFrom(*result.Decision)
		dto.Decision = &decision
	}
	return dto
}

// answer sends dto with status 200; see answerAs.
func answer(c echo.Context, dto any) error { return answerAs(c, http.StatusOK, dto) }

// answerAs sends dto, indented when the query says pretty. Nothing of it is sent when it has no JSON text.
func answerAs(c echo.Context, status int, dto any) error {
	text, err := jsonText(dto)
	if err != nil {
		return err
	}
	if pretty, asked := c.QueryParams()["pretty"]; asked && pretty[0] != "false" && pretty[0] != "0" {
		var indented bytes.Buffer
		if err := json.Indent(&indented, text, "", "  "); err != nil {
			return fmt.Errorf("indent the answer: %w", err)
		}
		text = append(indented.Bytes(), '\n')
	}
	return c.JSONBlob(status, text)
}
