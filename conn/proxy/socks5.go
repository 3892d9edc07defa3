package proxy

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"syscall"
)

// Numbers of RFC 1928 and RFC 1929.
const (
	socksVersion    = 5
	loginVersion    = 1
	methodNone      = 0
	methodLogin     = 2
	noMethod        = 0xff
	commandConnect  = 1
	addressIPv4     = 1
	addressName     = 3
	addressIPv6     = 4
	replySuccess    = 0
	maxSocksStrings = 255
)

// socksReplies are the failures that a proxy tells, as the system's errors where
// there are such.
var socksReplies = map[byte]error{
	1: errors.New("general failure of the proxy"),
	2: errors.New("the proxy's rules do not allow it"),
	3: syscall.ENETUNREACH,
	4: syscall.EHOSTUNREACH,
	5: syscall.ECONNREFUSED,
	6: errors.New("TTL expired"),
	7: errors.New("the proxy does not support CONNECT"),
	8: errors.New("the proxy does not support this type of address"),
}

// socks5 asks for a connection to address.
func (d *Dialer) socks5(c net.Conn, address string) error {
	if err := d.chooseMethod(c); err != nil {
		return err
	}
	request, err := socksConnect(address)
	if err != nil {
		return err
	}
	if _, err := c.Write(request); err != nil {
		return err
	}
	reply, err := readN(c, 4)
	if err != nil {
		return fmt.Errorf("reading the proxy's answer: %w", err)
	}
	if reply[0] != socksVersion {
		return notSocks(reply[0])
	}
	if code := reply[1]; code != replySuccess {
		if err, ok := socksReplies[code]; ok {
			return err
		}
		return fmt.Errorf("the proxy fails with code %d", code)
	}
	return skipAddress(c, reply[3])
}

// chooseMethod agrees upon a method of authentication, and authenticates.
func (d *Dialer) chooseMethod(c net.Conn) error {
	hello := []byte{socksVersion, 1, methodNone}
	if d.user != nil {
		hello = []byte{socksVersion, 2, methodNone, methodLogin}
	}
	if _, err := c.Write(hello); err != nil {
		return err
	}
	answer, err := readN(c, 2)
	switch {
	case err != nil:
		return fmt.Errorf("reading the proxy's answer: %w", err)
	case answer[0] != socksVersion:
		return notSocks(answer[0])
	case answer[1] == methodNone:
		return nil
	case answer[1] == methodLogin && d.user != nil:
		return d.login(c)
	case answer[1] == noMethod && d.user == nil:
		return errors.New("the proxy wants authentication: give it a user and a password")
	}
	return fmt.Errorf("the proxy accepts no method of authentication that there is (it answers %d)", answer[1])
}

// login authenticates by name and password.
func (d *Dialer) login(c net.Conn) error {
	name := d.user.Username()
	password, _ := d.user.Password()
	if len(name) == 0 || len(name) > maxSocksStrings || len(password) == 0 || len(password) > maxSocksStrings {
		return fmt.Errorf("SOCKS5 takes names and passwords of 1 to %d bytes", maxSocksStrings)
	}
	request := append([]byte{loginVersion, byte(len(name))}, name...)
	request = append(append(request, byte(len(password))), password...)
	if _, err := c.Write(request); err != nil {
		return err
	}
	answer, err := readN(c, 2)
	switch {
	case err != nil:
		return fmt.Errorf("authenticating: %w", err)
	case answer[1] != 0:
		return fmt.Errorf("the proxy refuses user %q or the password", name)
	}
	return nil
}

// socksConnect returns the request to connect to an address.
func socksConnect(address string) ([]byte, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("port %q is no number", portText)
	}
	request := []byte{socksVersion, commandConnect, 0}
	ip, err := netip.ParseAddr(host)
	switch {
	case err == nil && ip.Is4():
		request = append(append(request, addressIPv4), ip.AsSlice()...)
	case err == nil:
		request = append(append(request, addressIPv6), ip.AsSlice()...)
	case len(host) > maxSocksStrings:
		return nil, fmt.Errorf("host name of %d bytes: SOCKS5 takes %d", len(host), maxSocksStrings)
	default:
		request = append(append(request, addressName, byte(len(host))), host...)
	}
	return append(request, byte(port>>8), byte(port)), nil
}

// skipAddress reads the address that the proxy connected from, and its port.
func skipAddress(c net.Conn, kind byte) error {
	size := map[byte]int{addressIPv4: 4, addressIPv6: 16}[kind]
	if kind == addressName {
		length, err := readN(c, 1)
		if err != nil {
			return err
		}
		size = int(length[0])
	} else if size == 0 {
		return fmt.Errorf("the proxy's answer has an address of type %d", kind)
	}
	_, err := readN(c, size+2)
	return err
}

func notSocks(version byte) error {
	return fmt.Errorf("the proxy does not speak SOCKS5 (it answers with %d)", version)
}

func readN(r io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return b, err
}
