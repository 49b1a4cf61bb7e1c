package tombfile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// maxFile is the longest file that is read, in bytes: some hundred thousand erasures.
const maxFile = 64 << 20

// File keeps erasures in a file. It implements ports.Tombstones and is safe for concurrent use.
type File struct {
	path string
	mu   sync.Mutex
}

var _ ports.Tombstones = (*File)(nil)

// New returns what keeps erasures in the file of that path, which is made when there is something to keep.
func New(path string) *File { return &File{path: path} }

// line is an erasure in the file.
type line struct {
	ID           string    `json:"id"`
	Mark         string    `json:"mark"`
	KeyID        string    `json:"keyId"`
	Notification string    `json:"notificationId,omitempty"`
	Principal    string    `json:"by,omitempty"`
	Banned       bool      `json:"banned,omitempty"`
	Lifted       bool      `json:"lifted,omitempty"`
	AskedAt      time.Time `json:"askedAt"`
}

// Erasures returns what is kept; see ports.Tombstones. What a process was writing when it ended is as if it was not kept, also where something
// was kept behind it since.
func (f *File) Erasures(ctx context.Context) ([]ports.Erasure, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, unavailable("read", err)
	}
	text, err := f.read()
	if err != nil {
		return nil, err
	}
	var erasures []ports.Erasure
	at := make(map[string]int)
	for n := 1; len(text) > 0; n++ {
		written, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		if len(bytes.TrimSpace(written)) == 0 {
			continue
		}
		var l line
		if err := json.Unmarshal(written, &l); err != nil || l.ID == "" || l.Mark == "" || l.KeyID == "" {
			if cutOff(written) {
				continue
			}
			return nil, &domain.Error{
				Kind: domain.KindInternal, Code: "tombstones_damaged",
				Message: fmt.Sprintf("line %d of %s is no erasure; put the file back from a copy, or remove that line", n, f.path),
			}
		}
		if i, again := at[l.ID]; again {
			erasures[i] = l.erasure()
			continue
		}
		at[l.ID] = len(erasures)
		erasures = append(erasures, l.erasure())
	}
	return erasures, nil
}

// cutOff reports whether a line is the beginning of an object, as it is left by a process that ended while it wrote it. Of a machine that did,
// the disk may hold nothing but zeros there.
func cutOff(line []byte) bool {
	line = bytes.TrimRight(line, "\x00")
	var object json.RawMessage
	err := json.NewDecoder(bytes.NewReader(line)).Decode(&object)
	return len(line) == 0 || line[0] == '{' && errors.Is(err, io.ErrUnexpectedEOF)
}

// read returns the text of the file; "" when there is none.
func (f *File) read() ([]byte, error) {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable("open", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("it has more than %d bytes", maxFile)
	}
	return text, unavailable("read", err)
}

// Keep adds erasures to the file; see ports.Tombstones. It begins on a line of its own, whatever was cut off before, and writes in one call,
// so that what several processes keep stands in lines too.
func (f *File) Keep(ctx context.Context, erasures []ports.Erasure) error {
	if len(erasures) == 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return unavailable("write", err)
	}
	text := bytes.NewBufferString("\n")
	encoder := json.NewEncoder(text)
	for _, e := range erasures {
		if err := encoder.Encode(lineOf(e)); err != nil {
			return unavailable("write", err)
		}
	}
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return unavailable("open", err)
	}
	_, err = file.Write(text.Bytes())
	if err == nil {
		err = file.Sync()
	}
	return unavailable("write", errors.Join(err, file.Close()))
}

func lineOf(e ports.Erasure) line {
	return line{
		ID: e.ID, Mark: e.Mark, KeyID: e.KeyID, Notification: e.Notification, Principal: e.Principal, Banned: e.Banned,
		Lifted: e.State == ports.ErasureLifted, AskedAt: e.AskedAt,
	}
}

func (l line) erasure() ports.Erasure {
	e := ports.Erasure{
		ID: l.ID, Mark: l.Mark, KeyID: l.KeyID, Notification: l.Notification, Principal: l.Principal, Banned: l.Banned,
		State: ports.ErasureDone, AskedAt: domain.Instant(l.AskedAt), EndedAt: domain.Instant(l.AskedAt),
	}
	if l.Lifted {
		e.State = ports.ErasureLifted
	}
	return e
}

// unavailable returns the error for what the file system refused; nil for none.
func unavailable(doing string, err error) error {
	if err == nil {
		return nil
	}
	return &domain.Error{
		Kind: domain.KindUnavailable, Code: "tombstones_unavailable", Cause: err,
		Message: "the file of ERASURES_FILE cannot be used: " + doing + " failed; may this user write there?",
	}
}
