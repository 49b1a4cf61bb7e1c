package httpapi

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
)

const (
	codeActorOutside      = "actor_outside_key"
	codeExperienceOutside = "experience_outside_key"
)

// mayActFor returns the refusal of a caller who names a user whom the key may not act for, or who was erased.
func mayActFor(c echo.Context, user domain.UserID) error {
	if err := mayBeNamed(c, user); err != nil {
		return err
	}
	key := callerKey(c)
	if key == nil || key.MayActFor(user) {
		return nil
	}
	return forbid(deniedActor, codeActorOutside, "the key %s may not act for the user %s; its actors say whom it may", key.Name, user)
}

// mayCallFrom returns the refusal of a caller who names an experience that the key is not bound to.
func mayCallFrom(key *Key, experience string) error {
	if key == nil || experience == "" || key.MayReportFor(experience) {
		return nil
	}
	return forbid(deniedExperience, codeExperienceOutside,
		"the key %s is bound to other experiences; what x-roblox-experience, experienceKey and universeId say must be among them", key.Name)
}

// mayReport returns the refusal of a report that a key bound to experiences sends without naming one of them, or that names another besides.
// header is what the request says of where it comes from.
func mayReport(key *Key, header string, from domain.Experience) error {
	if key == nil || key.Experiences == nil {
		return nil
	}
	universe := ""
	if !from.Universe.IsZero() {
		universe = strconv.FormatInt(from.Universe.Int64(), 10)
	}
	named := false
	for _, name := range [...]string{header, from.Key, universe} {
		if err := mayCallFrom(key, name); err != nil {
			return err
		}
		named = named || name != ""
	}
	if !named {
		return forbid(deniedExperience, codeExperienceOutside,
			"the key %s is bound to experiences; say which one reports: in x-roblox-experience, or in the report's experienceKey or universeId",
			key.Name)
	}
	return nil
}

// mayApply returns the refusal of a report that is to be acted on, with a key that only reports.
func mayApply(c echo.Context, apply bool) error {
	if !apply {
		return nil
	}
	return wantScope(c, domain.ScopeDecide)
}
