package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
)

// playerRow is a player in a file: a line of JSON, or a line of CSV under the same names.
type playerRow struct {
	UserID              int64           `json:"userId"`
	Username            string          `json:"username"`
	DisplayName         string          `json:"displayName,omitempty"`
	Rank                string          `json:"rank,omitempty"`
	RankSince           string          `json:"rankSince,omitempty"`
	RankPoints          int64           `json:"rankPoints"`
	Kos                 int64           `json:"kos"`
	Wos                 int64           `json:"wos"`
	Warnings            int64           `json:"warnings"`
	Recommendations     int64           `json:"recommendations"`
	PunishmentStatus    string          `json:"punishmentStatus,omitempty"`
	PunishmentExpiresAt string          `json:"punishmentExpiresAt,omitempty"`
	ObservedAt          string          `json:"observedAt,omitempty"`
	Metadata            json.RawMessage `json:"metadata,omitempty"`
}

// playerColumns are the columns of a CSV file, in the order in which they are written.
func playerColumns() []string {
	return []string{
		"userId", "username", "displayName", "rank", "rankSince", "rankPoints", "kos", "wos", "warnings", "recommendations",
		"punishmentStatus", "punishmentExpiresAt", "observedAt", "metadata",
	}
}

// texts returns the row as a line of CSV.
func (r playerRow) texts() []string {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	return []string{
		number(r.UserID), r.Username, r.DisplayName, r.Rank, r.RankSince, number(r.RankPoints), number(r.Kos), number(r.Wos),
		number(r.Warnings), number(r.Recommendations), r.PunishmentStatus, r.PunishmentExpiresAt, r.ObservedAt, string(r.Metadata),
	}
}

// set takes a value of a CSV column.
func (r *playerRow) set(column, text string) error {
	var number *int64
	switch column {
	case "userId":
		number = &r.UserID
	case "rankPoints":
		number = &r.RankPoints
	case "kos":
		number = &r.Kos
	case "wos":
		number = &r.Wos
	case "warnings":
		number = &r.Warnings
	case "recommendations":
		number = &r.Recommendations
	case "metadata":
		r.Metadata = json.RawMessage(text)
	default:
		words := map[string]*string{
			"username": &r.Username, "displayName": &r.DisplayName, "rank": &r.Rank, "rankSince": &r.RankSince,
			"punishmentStatus": &r.PunishmentStatus, "punishmentExpiresAt": &r.PunishmentExpiresAt, "observedAt": &r.ObservedAt,
		}
		*words[column] = text
	}
	if number == nil || text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%s must be a whole number, not %q", column, text)
	}
	*number = n
	return nil
}

// player returns what is imported of the row.
func (r playerRow) player() (app.ImportedPlayer, error) {
	switch {
	case r.UserID == 0:
		return app.ImportedPlayer{}, errors.New("userId is required")
	case strings.TrimSpace(r.Username) == "":
		return app.ImportedPlayer{}, errors.New("username is required")
	}
	user, err := domain.NewUserID(r.UserID)
	if err != nil {
		return app.ImportedPlayer{}, err
	}
	status, err := domain.ParsePunishmentStatus(r.PunishmentStatus)
	if err != nil {
		return app.ImportedPlayer{}, err
	}
	var times [3]time.Time
	for i, text := range []string{r.RankSince, r.PunishmentExpiresAt, r.ObservedAt} {
		if text == "" {
			continue
		}
		if times[i], err = time.Parse(time.RFC3339, text); err != nil {
			return app.ImportedPlayer{}, fmt.Errorf("%q is no time in RFC 3339, such as 2026-01-02T15:04:05Z", text)
		}
		if year := times[i].UTC().Year(); !times[i].IsZero() && (year < firstYear || year > lastYear) {
			return app.ImportedPlayer{}, fmt.Errorf("%q lies outside the years %d to %d", text, firstYear, lastYear)
		}
	}
	metadata := strings.TrimSpace(string(r.Metadata))
	if metadata == "null" {
		metadata = ""
	}
	if metadata != "" && (!json.Valid([]byte(metadata)) || metadata[0] != '{') {
		return app.ImportedPlayer{}, errors.New("metadata must be a JSON object")
	}
	name := func(text string) string { return strings.TrimSpace(norm.NFC.String(text)) }
	return app.ImportedPlayer{RankSince: times[0], Report: domain.Report{
		UserID: user, Username: name(r.Username), DisplayName: name(r.DisplayName), Rank: name(r.Rank), Points: r.RankPoints, Kos: r.Kos,
		Wos: r.Wos, Warnings: domain.CountOf(r.Warnings), Recommendations: domain.CountOf(r.Recommendations), Punishment: status,
		PunishmentUntil: times[1], ObservedAt: times[2], Metadata: metadata,
	}}, nil
}

// rowOf returns the row that shows a standing. Imported elsewhere it makes the same player.
func rowOf(s domain.Standing) playerRow {
	text := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.RFC3339Nano)
	}
	return playerRow{
		UserID: s.UserID.Int64(), Username: s.Username, DisplayName: s.DisplayName, Rank: s.Rank, RankSince: text(s.RankSince),
		RankPoints: s.Points, Kos: s.Kos, Wos: s.Wos, Warnings: s.Warnings, Recommendations: s.Recommendations,
		PunishmentStatus: s.Punishment.Status.String(), PunishmentExpiresAt: text(s.Punishment.Until), ObservedAt: text(s.ObservedAt),
		Metadata: json.RawMessage(s.Metadata),
	}
}

// The years in which times of a row lie, as those of reports do.
const firstYear, lastYear = 1970, 9999

// rowReader reads players line by line.
type rowReader interface {
	// next returns a player and the line it begins on. The error is io.EOF at the end, or a lineError, after which the next line can be
	// read.
	next() (playerRow, int, error)
}

// lineError is a line that holds no player.
type lineError struct{ error }

type jsonRows struct {
	lines   *lineReader
	told    map[string]bool            // the unknown keys that were told of
	unknown func(key string, line int) // is told of each key that is left out, once
}

// tellUnknown tells of keys that are not those of a player: what is misspelt would silently be missing.
func (r jsonRows) tellUnknown(line []byte, at int) {
	var keys map[string]json.RawMessage
	if json.Unmarshal(line, &keys) != nil {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		known := slices.ContainsFunc(playerColumns(), func(column string) bool { return strings.EqualFold(column, key) })
		if !known && !r.told[key] && len(r.told) < maxBadLines {
			r.told[key] = true
			r.unknown(key, at)
		}
	}
}

// jsonFault says what is wrong with a line in the words of the file.
func jsonFault(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		wanted := "a text"
		if e.Type.Kind() == reflect.Int64 {
			wanted = "a whole number"
		}
		if e.Field == "" {
			return errors.New("is no player: a JSON object is wanted, not " + e.Value)
		}
		return fmt.Errorf("%s must be %s, not %s", e.Field, wanted, e.Value)
	}
	return errors.New("is no JSON: " + strings.TrimPrefix(err.Error(), "json: "))
}

func (r jsonRows) next() (playerRow, int, error) {
	for {
		line, at, err := r.lines.next()
		if err != nil {
			return playerRow{}, at, err
		}
		if len(strings.TrimSpace(string(line))) == 0 {
			continue
		}
		var row playerRow
		if err := json.Unmarshal(line, &row); err != nil {
			return playerRow{}, at, lineError{jsonFault(err)}
		}
		r.tellUnknown(line, at)
		return row, at, nil
	}
}

type csvRows struct {
	reader  *csv.Reader
	columns []string
}

// newCSVRows reads the line of names.
func newCSVRows(in io.Reader) (*csvRows, error) {
	r := &csvRows{reader: csv.NewReader(in)}
	r.reader.ReuseRecord = true
	names, err := r.reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty; its first line names the columns, such as userId,username,rankPoints")
	}
	if err != nil {
		return nil, fmt.Errorf("read the names of the columns: %w", err)
	}
	for i, name := range names {
		name = strings.TrimSpace(name)
		if i == 0 {
			name = strings.TrimPrefix(name, "\ufeff")
		}
		if !slices.Contains(playerColumns(), name) {
			return nil, fmt.Errorf("the column %q is not known; the columns are %s", name, strings.Join(playerColumns(), ", "))
		}
		r.columns = append(r.columns, name)
	}
	for _, required := range []string{"userId", "username"} {
		if !slices.Contains(r.columns, required) {
			return nil, fmt.Errorf("there is no column %s", required)
		}
	}
	return r, nil
}

func (r *csvRows) next() (playerRow, int, error) {
	fields, err := r.reader.Read()
	if errors.Is(err, io.EOF) {
		return playerRow{}, 0, io.EOF
	}
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		return playerRow{}, wrong.StartLine, lineError{fmt.Errorf("is no line of CSV: %w", wrong.Err)}
	}
	if err != nil {
		return playerRow{}, 0, err
	}
	line, _ := r.reader.FieldPos(0)
	var row playerRow
	for i, column := range r.columns {
		if err := row.set(column, fields[i]); err != nil {
			return playerRow{}, line, lineError{err}
		}
	}
	return row, line, nil
}
