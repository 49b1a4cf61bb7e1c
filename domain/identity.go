package domain

import (
	"fmt"
	"strconv"
)

// MaxID is the largest id that a Roblox script can carry exactly: Luau numbers are doubles (2^53 − 1).
const MaxID = 1<<53 - 1

// id is a Roblox number in 1 … MaxID; its zero value means that there is none.
type id struct{ n int64 }

// Int64 returns the number, 0 when there is none.
func (i id) Int64() int64 { return i.n }

// IsZero reports whether there is no id.
func (i id) IsZero() bool { return i.n == 0 }

// String returns the number in decimal digits, "0" when there is none.
func (i id) String() string { return strconv.FormatInt(i.n, 10) }

func newID(what string, n int64) (id, error) {
	if n < 1 || n > MaxID {
		return id{}, invalid("id_out_of_range", fmt.Sprintf("the %s %d is outside 1 … %d", what, n, int64(MaxID)))
	}
	return id{n}, nil
}

// UserID is Roblox's number of a person. The zero value stands for nobody.
type UserID struct{ id }

// NewUserID returns the id for n, or an error of KindInvalid when n is outside 1 … MaxID.
func NewUserID(n int64) (UserID, error) {
	i, err := newID("user id", n)
	return UserID{i}, err
}

// ParseUserID returns the id written as canonical decimal digits: no sign, no leading zero, no space.
func ParseUserID(s string) (UserID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != s {
		return UserID{}, invalid("id_malformed", fmt.Sprintf("the user id must be written in plain digits, 1 … %d", int64(MaxID)))
	}
	return NewUserID(n)
}

// RoleID is Roblox's number of a group role, unique over all groups. The zero value stands for no role.
type RoleID struct{ id }

// NewRoleID returns the id for n, or an error of KindInvalid when n is outside 1 … MaxID.
func NewRoleID(n int64) (RoleID, error) {
	i, err := newID("role id", n)
	return RoleID{i}, err
}

// UniverseID is Roblox's number of a universe, which people call a game. The zero value stands for none.
type UniverseID struct{ id }

// NewUniverseID returns the id for n, or an error of KindInvalid when n is outside 1 … MaxID.
func NewUniverseID(n int64) (UniverseID, error) {
	i, err := newID("universe id", n)
	return UniverseID{i}, err
}
