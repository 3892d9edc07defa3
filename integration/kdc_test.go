package integration

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const realm = "BARNABAS.TEST"

// kdc is a key distribution centre of MIT Kerberos with a realm of its own.
type kdc struct {
	dir  string
	conf string // krb5.conf
	env  []string
}

// startKDC starts one on a free port of the loopback address. It comes from
// Debian's packages.
func startKDC(t *testing.T) *kdc {
	t.Helper()
	for _, tool := range []string{"krb5kdc", "kdb5_util", "kadmin.local", "kinit"} {
		if _, err := exec.LookPath(sbin(tool)); err != nil {
			t.Fatalf("%s is missing: this test needs a key distribution centre: apt-get install krb5-kdc krb5-admin-server krb5-user", tool)
		}
	}
	k := &kdc{dir: t.TempDir()}
	k.conf = filepath.Join(k.dir, "krb5.conf")
	address := k.configure(t)
	k.env = append(os.Environ(), "KRB5_CONFIG="+k.conf, "KRB5_KDC_PROFILE="+filepath.Join(k.dir, "kdc.conf"))
	k.run(t, "kdb5_util", "create", "-s", "-P", "throwaway", "-r", realm)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, sbin("krb5kdc"), "-n", "-r", realm)
	cmd.Env = k.env
	must(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		if err := cmd.Wait(); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})
	eventually(t, patience, func() error {
		conn, err := net.Dial("tcp", address)
		return errors.Join(err, closeIfOpen(conn))
	})
	return k
}

func closeIfOpen(conn net.Conn) error {
	if conn == nil {
		return nil
	}
	return conn.Close()
}

// sbin is where Debian has what servers need, which may not be on the PATH.
func sbin(tool string) string {
	if path := filepath.Join("/usr/sbin", tool); fileExists(path) {
		return path
	}
	return tool
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// configure writes the files, and returns the address.
func (k *kdc) configure(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	must(t, l.Close())
	conf := fmt.Sprintf(`[libdefaults]
 default_realm = %[1]s
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 %[1]s = {
  kdc = 127.0.0.1:%[2]s
 }
`, realm, port)
	must(t, os.WriteFile(k.conf, []byte(conf), 0o600))
	profile := fmt.Sprintf(`[kdcdefaults]
 kdc_listen = 127.0.0.1:%[2]s
 kdc_tcp_listen = 127.0.0.1:%[2]s
[realms]
 %[1]s = {
  database_name = %[3]s/principal
  key_stash_file = %[3]s/stash
  acl_file = %[3]s/kadm5.acl
  supported_enctypes = aes256-cts-hmac-sha1-96:normal
 }
[logging]
 kdc = FILE:%[3]s/kdc.log
`, realm, port, k.dir)
	must(t, os.WriteFile(filepath.Join(k.dir, "kdc.conf"), []byte(profile), 0o600))
	return "127.0.0.1:" + port
}

func (k *kdc) run(t *testing.T, tool string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(within(t, patience), sbin(tool), args...)
	cmd.Env = k.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, out)
	}
}

// addPrincipal adds one with a password, or if that is empty with random keys.
func (k *kdc) addPrincipal(t *testing.T, name, password string) {
	t.Helper()
	key := "-randkey"
	if password != "" {
		key = "-pw " + password
	}
	k.run(t, "kadmin.local", "-r", realm, "-q", fmt.Sprintf("addprinc %s %s@%s", key, name, realm))
}

// keytab writes the keys of a principal to a file, and leaves them as they are.
func (k *kdc) keytab(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(k.dir, strings.ReplaceAll(name, "/", "-")+"-"+strconv.FormatInt(time.Now().UnixNano(), 36)+".keytab")
	k.run(t, "kadmin.local", "-r", realm, "-q", fmt.Sprintf("ktadd -norandkey -k %s %s@%s", path, name, realm))
	return path
}

// credentialCache writes the tickets of a principal to a file, as its owner does by
// kinit.
func (k *kdc) credentialCache(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(k.dir, name+".ccache")
	k.run(t, "kinit", "-c", path, "-k", "-t", k.keytab(t, name), name+"@"+realm)
	return path
}
