package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"
	"strings"
)

// secrets returns every secret text of the settings, whole and in the parts that could stand alone.
func (s source) secrets() []string {
	var texts []string
	for _, setting := range settings() {
		if !setting.secret {
			continue
		}
		text := s.text(setting.key)
		if setting.key != "DATABASE_URL" {
			texts = append(texts, list(text)...)
			continue
		}
		if u, err := url.Parse(text); err == nil && u.User != nil {
			if password, set := u.User.Password(); set && password != "" {
				texts = append(texts, password)
			}
		}
	}
	return texts
}

// settings examines the configuration itself.
func (d *doctor) settings() []symptom {
	const check = "settings"
	var symptoms []symptom
	for _, fault := range d.faults {
		symptoms = append(symptoms, broken(fault.Field, fault.Message, "set it right; 'grps config' shows what is in force"))
	}
	for _, warning := range d.config.warnings {
		name, _, _ := strings.Cut(warning, " ")
		symptoms = append(symptoms, doubtful(strings.TrimSuffix(name, ":"), warning, "set it right, or remove it"))
	}
	if len(d.faults) == 0 {
		set := 0
		for _, setting := range settings() {
			if value := d.source.text(setting.key); value != "" && value != setting.value {
				set++
			}
		}
		symptoms = append([]symptom{healthy(check, fmt.Sprintf("%d of %d are set, and can be used", set, len(settings())))}, symptoms...)
	}
	return append(symptoms, d.secretFiles()...)
}

// secretFiles examines who may read the files that hold secrets.
func (d *doctor) secretFiles() []symptom {
	var symptoms []symptom
	for _, path := range []string{".env", d.config.keysFile, d.config.webhooksFile} {
		if path == "" || runtime.GOOS == "windows" { // where the bits say nothing about other users
			continue
		}
		facts, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			symptoms = append(symptoms, doubtful(path, "cannot be looked at: "+reasonOf(err), "let this user read it"))
		case facts.Mode().Perm()&0o004 != 0:
			symptoms = append(symptoms, doubtful(path, fmt.Sprintf("every user of this machine can read it, and the secrets in it (mode %04o)", facts.Mode().Perm()),
				"chmod 600 "+path))
		default:
			symptoms = append(symptoms, healthy(path, fmt.Sprintf("not for every user to read (mode %04o)", facts.Mode().Perm())))
		}
	}
	return symptoms
}

// reasonOf returns the text of an error of the file system without the path around it.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}
