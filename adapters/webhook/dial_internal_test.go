package webhook

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// errStopped is where a connection of these tests ends that the guard let pass. Nothing leaves the machine.
var errStopped = errors.New("stopped before the connection")

// connects collects what would have been connected to.
type connects struct {
	mu        sync.Mutex
	addresses []string
}

// behind returns a guard that notes what the other one let pass, and stops it.
func (c *connects) behind(guard controlFunc) controlFunc {
	return func(ctx context.Context, network, address string, conn syscall.RawConn) error {
		if err := guard(ctx, network, address, conn); err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.addresses = append(c.addresses, address)
		return errStopped
	}
}

// resolving is a name server: each question for an address is answered with the next of the answers, the last of them for ever.
func resolving(t *testing.T, answers ...netip.Addr) *net.Resolver {
	t.Helper()
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		buffer := make([]byte, 512)
		for {
			n, from, err := server.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			kind := binary.BigEndian.Uint16(buffer[n-4:]) // of the only question, as the resolver asks without extensions or with
			question := buffer[12:n]
			for i, end := 12, n; i < end && buffer[i] != 0; i += int(buffer[i]) + 1 {
				if next := i + int(buffer[i]) + 1; buffer[next] == 0 {
					kind, question = binary.BigEndian.Uint16(buffer[next+1:]), buffer[12:next+5]
				}
			}
			answer := append([]byte{buffer[0], buffer[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
			if address := answers[0]; address.Is4() && kind == 1 || address.Is6() && kind == 28 {
				answer[7] = 1
				answer = append(answer, 0xc0, 12, byte(kind>>8), byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(address.AsSlice())))
				answer = append(answer, address.AsSlice()...)
				if len(answers) > 1 {
					answers = answers[1:]
				}
			}
			_, _ = server.WriteToUDPAddrPort(answer, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

// tell sends one message to an address and returns the error.
func tell(t *testing.T, address string, control controlFunc, resolver *net.Resolver) error {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	client := &Client{
		targets: []*target{{name: "a", format: formatSlack, url: u, pace: paceOf(formatGeneric)}},
		http:    newHTTPClient(control, resolver), clock: realClock{},
	}
	defer client.Close()
	return client.Send(t.Context(), ports.WebhookMessage{Webhook: "a", ID: "id", Alert: domain.NewAlert("id", domain.AlertTest, "test")})
}

// inside are hosts that are not on the Internet, in every way of writing them.
var inside = []string{
	// this machine
	"127.0.0.1", "127.1.2.3", "localhost", "0.0.0.0", "0.1.2.3", "[::1]", "[::]",
	// private networks, and what carriers and clouds keep to themselves
	"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255", "100.64.0.1", "100.127.255.255",
	"169.254.169.254", "169.254.0.1", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[fdff::1]", "[fec0::1]",
	// the same inside of other addresses
	"[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]",
	"[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2001::1]", "[2001:0:7f00:1::]",
	// addresses that mean nobody, or many
	"192.0.0.8", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
	"[ff02::1]", "[2001:db8::1]", "[3fff::1]", "[100::1]",
}

func TestNothingConnectsToWhatIsNotOnTheInternet(t *testing.T) {
	if len(inside) < 40 {
		t.Fatalf("%d targets, want 40 at least", len(inside))
	}
	seen := &connects{}
	for _, host := range inside {
		err := tell(t, "https://"+host+"/canary", seen.behind(onlyInternet()), nil)
		if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "webhook_private" || e.Kind != domain.KindBlocked {
			t.Errorf("%s: got %v, want it refused as private", host, err)
		}
	}
	for _, host := range []string{"inside.example", "metadata.example"} { // names that lead inside
		for _, address := range []string{"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:7f00:1", "64:ff9b::7f00:1"} {
			err := tell(t, "https://"+host+"/canary", seen.behind(onlyInternet()), resolving(t, netip.MustParseAddr(address)))
			if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "webhook_private" {
				t.Errorf("%s as %s: got %v, want it refused as private", host, address, err)
			}
		}
	}
	for _, host := range []string{"2130706433", "0x7f000001", "0177.0.0.1", "127.1"} { // what some systems read as an address
		if err := tell(t, "https://"+host+"/canary", seen.behind(onlyInternet()), nil); err == nil {
			t.Errorf("%s: got no error, want one", host)
		}
	}
	if len(seen.addresses) != 0 {
		t.Errorf("connected to %q, want to nothing", seen.addresses)
	}
}

func TestANameThatMovesInsideIsRefusedWhenItIsConnectedTo(t *testing.T) {
	seen := &connects{}
	guard := seen.behind(onlyInternet())
	resolver := resolving(t, netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("127.0.0.1"))
	first := tell(t, "https://rebinding.example/", guard, resolver)
	second := tell(t, "https://rebinding.example/", guard, resolver)
	if e, ok := errors.AsType[*domain.Error](second); !ok || e.Code != "webhook_private" {
		t.Errorf("got %v and then %v, want the second refused as private", first, second)
	}
	if len(seen.addresses) != 1 || seen.addresses[0] != "93.184.216.34:443" {
		t.Errorf("connected to %q, want to what the name meant at first and to nothing else", seen.addresses)
	}
}

func TestWhatIsOnTheInternetIsConnectedToOnItsPort(t *testing.T) {
	for address, want := range map[string]bool{
		"https://8.8.8.8/": true, "https://[2606:4700::1111]/": true, "https://8.8.8.8:443/": true,
		"https://8.8.8.8:22/": false, "http://8.8.8.8/": false, "https://8.8.8.8:8443/": false,
	} {
		seen := &connects{}
		err := tell(t, address, seen.behind(onlyInternet()), nil)
		if connected := len(seen.addresses) == 1; connected != want {
			t.Errorf("%s: connected %t, want %t: %v", address, connected, want, err)
		}
	}
}

func TestTheGuardAloneRefusesALocalReceiver(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	arrived := make(chan struct{}, 10)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			arrived <- struct{}{}
			_ = conn.Close()
		}
	}()
	address := "http://" + listener.Addr().String()
	if err := tell(t, address, refusing(ssrf.New(ssrf.WithAnyPort())), nil); domain.KindOf(err) != domain.KindBlocked {
		t.Errorf("got %v, want it refused", err)
	}
	if len(arrived) != 0 {
		t.Error("the receiver was connected to through the guard")
	}
	if err := tell(t, address, nil, nil); err == nil {
		t.Error("got no error of a receiver that hangs up")
	}
	select {
	case <-arrived:
	case <-time.After(10 * time.Second):
		t.Error("the receiver was not connected to without the guard, so this test proves nothing")
	}
}

func TestNoProxyIsUsedWhateverTheEnvironmentSays(t *testing.T) {
	transport, ok := newHTTPClient(onlyInternet(), nil).Transport.(*http.Transport)
	if !ok || transport.Proxy != nil { // a proxy would connect where the guard does not look
		t.Errorf("got the transport %T with a proxy, want one without", transport)
	}
}
