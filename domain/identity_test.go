package domain_test

import (
	"testing"

	"github.com/grps/grps/domain"
)

func TestIDsAreWhatLuauCanCarry(t *testing.T) {
	tests := []struct {
		name string
		n    int64
		ok   bool
	}{
		{"nobody", 0, false},
		{"minus one", -1, false},
		{"the least number there is", -1 << 63, false},
		{"one", 1, true},
		{"the largest exact double", 1<<53 - 1, true},
		{"one more", 1 << 53, false},
		{"the largest number there is", 1<<63 - 1, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			user, userErr := domain.NewUserID(test.n)
			role, roleErr := domain.NewRoleID(test.n)
			universe, universeErr := domain.NewUniverseID(test.n)
			want := int64(0)
			if test.ok {
				want = test.n
			}
			for kind, got := range map[string]struct {
				n    int64
				zero bool
				err  error
			}{
				"user":     {user.Int64(), user.IsZero(), userErr},
				"role":     {role.Int64(), role.IsZero(), roleErr},
				"universe": {universe.Int64(), universe.IsZero(), universeErr},
			} {
				if got.n != want || got.zero == test.ok {
					t.Errorf("%s: got %d, zero %t, want %d", kind, got.n, got.zero, want)
				}
				if !test.ok {
					wantInvalid(t, got.err, "id_out_of_range")
				} else if got.err != nil {
					t.Errorf("%s: got the error %v, want none", kind, got.err)
				}
			}
		})
	}
}

func TestParseUserIDTakesPlainDigitsOnly(t *testing.T) {
	tests := []struct {
		text string
		want int64
		code string // "": accepted
	}{
		{"1", 1, ""},
		{"9007199254740991", 1<<53 - 1, ""},
		{"9007199254740992", 0, "id_out_of_range"},
		{"9223372036854775807", 0, "id_out_of_range"},
		{"0", 0, "id_out_of_range"},
		{"-1", 0, "id_out_of_range"},
		{"9223372036854775808", 0, "id_malformed"},
		{"-0", 0, "id_malformed"},
		{"05", 0, "id_malformed"},
		{"+5", 0, "id_malformed"},
		{"", 0, "id_malformed"},
		{"1e3", 0, "id_malformed"},
		{"5.0", 0, "id_malformed"},
		{" 5", 0, "id_malformed"},
		{"5 ", 0, "id_malformed"},
		{"5\n", 0, "id_malformed"},
		{"1_000", 0, "id_malformed"},
		{"0x10", 0, "id_malformed"},
		{"٥", 0, "id_malformed"},
		{"nan", 0, "id_malformed"},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			got, err := domain.ParseUserID(test.text)
			if got.Int64() != test.want {
				t.Errorf("got %d, want %d", got.Int64(), test.want)
			}
			switch {
			case test.code != "":
				wantInvalid(t, err, test.code)
			case err != nil:
				t.Errorf("got the error %v, want none", err)
			case got.String() != test.text:
				t.Errorf("got the text %q back, want %q", got.String(), test.text)
			}
		})
	}
	if got := (domain.UserID{}).String(); got != "0" {
		t.Errorf("got %q for nobody, want 0", got)
	}
}
