package httpapi

import (
	"strconv"
	"strings"
)

// The faults of a number that should be whole.
const (
	notWhole = "must be a whole number"
	tooFar   = "is too large"
)

// integerOf returns the whole number that a JSON number stands for, also one written 520.0 or 1e3, as Luau writes doubles; or what is
// wrong with it. No digit is lost on the way.
func integerOf(number string) (n int64, fault string) {
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		return n, ""
	}
	sign := ""
	if number[0] == '-' {
		sign, number = "-", number[1:]
	}
	mantissa, power, _ := strings.Cut(strings.ToLower(number), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return 0, ""
	}
	exponent, err := exponentOf(power)
	if err != nil {
		if power[0] == '-' {
			return 0, notWhole
		}
		return 0, tooFar
	}
	zeros := exponent - len(fraction) + len(digits) - len(significant)
	if zeros < 0 {
		return 0, notWhole
	}
	if len(significant)+zeros > 19 {
		return 0, tooFar
	}
	n, err = strconv.ParseInt(sign+significant+strings.Repeat("0", zeros), 10, 64)
	if err != nil {
		return 0, tooFar
	}
	return n, ""
}

// exponentOf returns the number behind the e of a JSON number, 0 when there is none.
func exponentOf(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return int(n), err
}

// The numbers of a document that is kept as it is: what is longer or finer than this is no double, and PostgreSQL refuses numerics that
// are far beyond.
const (
	maxNumberLength = 400
	minExponent     = -400
)

// numbersFit reports whether every number in a JSON text that the scanner accepted is within the range of a double.
func numbersFit(text string) bool {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"':
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			i++
		case c == '-' || c >= '0' && c <= '9':
			from := i
			for i < len(text) && strings.IndexByte("+-.eE0123456789", text[i]) >= 0 {
				i++
			}
			if !fitsDouble(text[from:i]) {
				return false
			}
		default:
			i++
		}
	}
	return true
}

func fitsDouble(number string) bool {
	if len(number) > maxNumberLength {
		return false
	}
	_, power, _ := strings.Cut(strings.ToLower(number), "e")
	exponent, err := exponentOf(power)
	if err != nil || exponent < minExponent {
		return false
	}
	_, err = strconv.ParseFloat(number, 64)
	return err == nil
}
