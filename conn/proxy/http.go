package proxy

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
)

// maxAnswer bounds the head of a proxy's answer.
const maxAnswer = 64 << 10

// httpConnect asks for a tunnel to address.
func (d *Dialer) httpConnect(c net.Conn, address string) error {
	request := "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n"
	if d.user != nil {
		password, _ := d.user.Password()
		login := base64.StdEncoding.EncodeToString([]byte(d.user.Username() + ":" + password))
		request += "Proxy-Authorization: Basic " + login + "\r\n"
	}
	if _, err := io.WriteString(c, request+"\r\n"); err != nil {
		return err
	}
	buffered := bufio.NewReader(io.LimitReader(c, maxAnswer))
	r := textproto.NewReader(buffered)
	status, err := r.ReadLine()
	if err != nil {
		return fmt.Errorf("reading the proxy's answer: %w", err)
	}
	version, rest, _ := strings.Cut(status, " ")
	code, _, _ := strings.Cut(rest, " ")
	switch {
	case !strings.HasPrefix(version, "HTTP/1."):
		return fmt.Errorf("the proxy does not speak HTTP (it answers %.40q)", status)
	case code == "407":
		return errors.New("the proxy wants authentication, or refuses user and password")
	case !strings.HasPrefix(code, "2"):
		return fmt.Errorf("the proxy answers %.80q", rest)
	}
	if _, err := r.ReadMIMEHeader(); err != nil {
		return fmt.Errorf("reading the proxy's answer: %w", err)
	}
	if buffered.Buffered() > 0 {
		return errors.New("the proxy sends more than its answer, before anything was asked of the broker")
	}
	return nil
}
