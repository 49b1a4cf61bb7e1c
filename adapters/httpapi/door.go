package httpapi

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
)

// LimitConnections returns a listener for the server that holds at most so many connections. When one more arrives, the one is closed on
// which nothing is being answered for the longest time: who holds connections and asks nothing, or never ends to ask, keeps nobody out.
// It must be called before the server serves.
func LimitConnections(server *http.Server, listener net.Listener, most int) net.Listener {
	d := &door{Listener: listener, most: max(most, 1)}
	answer := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g, ok := r.Context().Value(guestKey{}).(*guest); ok {
			d.begin(g)
			defer d.end(g)
		}
		answer.ServeHTTP(w, r)
	})
	server.ConnContext = func(ctx context.Context, connection net.Conn) context.Context {
		return context.WithValue(ctx, guestKey{}, connection)
	}
	return d
}

// guestKey is where the context of a request has its connection.
type guestKey struct{}

// door counts the connections that are open.
type door struct {
	net.Listener
	most int

	mu   sync.Mutex
	open int
	idle list.List // of *guest: those on which nothing is answered, for the longest time first
}

// guest is a connection.
type guest struct {
	net.Conn
	door   *door
	place  *list.Element // in idle; nil while something is answered, and in the end
	closed bool
}

// Accept returns the next connection, and closes another one if there are too many.
func (d *door) Accept() (net.Conn, error) {
	connection, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	g := &guest{Conn: connection, door: d}
	if out := d.enter(g); out != nil {
		_ = out.Close() // it is closed, or was already
	}
	return g, nil
}

// enter counts a connection in. It returns the one that must go; nil for none.
func (d *door) enter(g *guest) *guest {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open++
	g.place = d.idle.PushBack(g)
	if d.open <= d.most {
		return nil
	}
	out, _ := d.idle.Front().Value.(*guest) // g at the least is there
	return out
}

// begin notes that a request of the connection is being answered.
func (d *door) begin(g *guest) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if g.place != nil {
		d.idle.Remove(g.place)
		g.place = nil
	}
}

// end notes that it was.
func (d *door) end(g *guest) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !g.closed {
		g.place = d.idle.PushBack(g)
	}
}

// Close closes the connection.
func (g *guest) Close() error {
	g.door.leave(g)
	return g.Conn.Close()
}

// leave counts a connection out, once.
func (d *door) leave(g *guest) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if g.closed {
		return
	}
	g.closed = true
	d.open--
	if g.place != nil {
		d.idle.Remove(g.place)
		g.place = nil
	}
}
