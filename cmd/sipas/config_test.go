package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// configured resolves the settings as "serve ARGS" would, with nothing of the
// test's own environment in the way.
func configured(t *testing.T, environment map[string]string, args ...string) (*config, error) {
	t.Helper()
	for _, s := range settings {
		for _, name := range []string{environmentName(s.name), environmentName(s.name) + "_FILE"} {
			if value, ok := os.LookupEnv(name); ok {
				t.Setenv(name, value) // restores it after the test
				os.Unsetenv(name)
			}
		}
	}
	for name, value := range environment {
		t.Setenv(name, value)
	}
	var c *config
	cmd := &cobra.Command{Use: "serve", SilenceErrors: true, SilenceUsage: true, RunE: func(cmd *cobra.Command, _ []string) (err error) {
		c, err = loadConfig(cmd)
		return err
	}}
	addSettings(cmd.Flags())
	cmd.SetArgs(args)
	err := cmd.Execute()
	return c, err
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFirstNamedSettingWins(t *testing.T) {
	file := writeFile(t, "sipas.yaml", "listen: 127.0.0.1:1001\n")
	secret := writeFile(t, "listen", "127.0.0.1:1002\n")
	tests := []struct {
		name        string
		environment map[string]string
		args        []string
		want        string
	}{
		{"default", nil, nil, "127.0.0.1:8080"},
		{"file before default", map[string]string{"SIPAS_CONFIG": file}, nil, "127.0.0.1:1001"},
		{"file named by a flag", nil, []string{"--config", file}, "127.0.0.1:1001"},
		{"a file of the other format", nil, []string{"--config", writeFile(t, "sipas.toml", "listen = \"127.0.0.1:1005\"\n")}, "127.0.0.1:1005"},
		{"environment file before file", map[string]string{"SIPAS_CONFIG": file, "SIPAS_LISTEN_FILE": secret}, nil, "127.0.0.1:1002"},
		{"environment before file", map[string]string{"SIPAS_CONFIG": file, "SIPAS_LISTEN": "127.0.0.1:1003"}, nil, "127.0.0.1:1003"},
		{"flag before environment", map[string]string{"SIPAS_LISTEN": "127.0.0.1:1003"}, []string{"--listen", "127.0.0.1:1004"}, "127.0.0.1:1004"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := configured(t, test.environment, test.args...)
			if err != nil {
				t.Fatal(err)
			}
			if c.Listen != test.want {
				t.Errorf("listen is %s, want %s", c.Listen, test.want)
			}
		})
	}
}

func TestListInTheConfigurationFile(t *testing.T) {
	file := writeFile(t, "sipas.yaml", "trusted-proxies:\n  - 10.0.0.0/8\n  - 192.0.2.7\n")
	c, err := configured(t, nil, "--config", file)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"10.0.0.0/8", "192.0.2.7"}; !slices.Equal(c.TrustedProxies, want) {
		t.Errorf("trusted proxies are %q, want %q", c.TrustedProxies, want)
	}
}

func TestUnusableSettingsAreRefused(t *testing.T) {
	tests := []struct {
		name        string
		environment map[string]string
		args        []string
		want        string
	}{
		{"variable and its file", map[string]string{"SIPAS_LISTEN": "a:1", "SIPAS_LISTEN_FILE": "x"}, nil, "not both"},
		{"file that is missing", map[string]string{"SIPAS_PAGE_KEY_FILE": "/nonexistent/key"}, nil, "cannot be read"},
		{"unknown setting in the file", nil, []string{"--config", writeFile(t, "sipas.yaml", "listne: x\n")}, "unknown setting"},
		{"not a truth value", map[string]string{"SIPAS_DEMO": "perhaps"}, nil, "SIPAS_DEMO"},
		{"retention that is no number", map[string]string{"SIPAS_RETENTION_MONTHS": "two years"}, nil, "SIPAS_RETENTION_MONTHS"},
		{"retention before receipt", nil, []string{"--retention-months", "-1"}, "SIPAS_RETENTION_MONTHS"},
		{"log level", map[string]string{"SIPAS_LOG_LEVEL": "loud"}, nil, "SIPAS_LOG_LEVEL"},
		{"listen without a port", nil, []string{"--listen", "localhost"}, "SIPAS_LISTEN"},
		{"proxy that is no address", nil, []string{"--trusted-proxies", "10.0.0.1,proxy"}, "SIPAS_TRUSTED_PROXIES"},
		{"data that is a file", nil, []string{"--data", writeFile(t, "province", "")}, "names a folder"},
		{"data that looks like a store", nil, []string{"--data", filepath.Join(t.TempDir(), "x.db")}, "names a folder"},
		{"MongoDB URI that is mistyped", nil, []string{"--mongodb-uri", "mongodb//x"}, "SIPAS_MONGODB_URI"},
		{"database in the path of the URI", nil, []string{"--mongodb-uri", "mongodb://db1,db2/tinh?replicaSet=x"}, "--mongodb-database"},
		{"mapping in the file", nil, []string{"--config", writeFile(t, "sipas.yaml", "listen: {a: b}\n")}, "listen"},
		{"public URL too long for a sticker", nil, []string{"--public-url", "https://" + strings.Repeat("x", 93)}, "101 characters"},
		{"public URL without a scheme", nil, []string{"--public-url", "danhgia.example.vn"}, "SIPAS_PUBLIC_URL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := configured(t, test.environment, test.args...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want one with %q", err, test.want)
			}
		})
	}
}

func strongKey(first byte) string {
	key := make([]byte, minimumKeyBytes)
	for i := range key {
		key[i] = first + byte(i)*7
	}
	return base64.StdEncoding.EncodeToString(key)
}

func TestProductionRefusesWhatIsWeakOrMissing(t *testing.T) {
	complete := map[string]string{
		"SIPAS_PUBLIC_URL": "https://danhgia.example.vn", "SIPAS_DATA": "/srv/sipas",
		"SIPAS_SIGNING_KEY": strongKey(1), "SIPAS_PAGE_KEY": strongKey(2), "SIPAS_LEDGER_KEY": strongKey(3),
	}
	if _, err := configured(t, complete, "--production"); err != nil {
		t.Fatalf("a complete configuration is refused: %v", err)
	}
	tests := []struct {
		name, variable, value, want string
	}{
		{"public URL over http", "SIPAS_PUBLIC_URL", "http://danhgia.example.vn", "https"},
		{"no signing key", "SIPAS_SIGNING_KEY", "", "SIPAS_SIGNING_KEY"},
		{"short page key", "SIPAS_PAGE_KEY", "c2hvcnQ=", "SIPAS_PAGE_KEY"},
		{"long ledger key", "SIPAS_LEDGER_KEY", base64.StdEncoding.EncodeToString([]byte("a key of more bytes than thirty-two")), "exactly 32"},
		{"ledger key of zeros", "SIPAS_LEDGER_KEY", base64.StdEncoding.EncodeToString(make([]byte, 32)), "SIPAS_LEDGER_KEY"},
		{"demo data", "SIPAS_DEMO", "true", "demo"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			environment := map[string]string{}
			for name, value := range complete {
				environment[name] = value
			}
			environment[test.variable] = test.value
			_, err := configured(t, environment, "--production")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error is %v, want one with %q", err, test.want)
			}
			if test.value != "" && strings.HasSuffix(test.variable, "_KEY") && strings.Contains(err.Error(), test.value) {
				t.Error("the error repeats a secret")
			}
		})
	}
	t.Run("every fault at once", func(t *testing.T) {
		_, err := configured(t, nil, "--production")
		if err == nil {
			t.Fatal("an empty configuration is accepted")
		}
		for _, name := range []string{"SIPAS_PUBLIC_URL", "SIPAS_SIGNING_KEY", "SIPAS_PAGE_KEY", "SIPAS_LEDGER_KEY", "SIPAS_MONGODB_URI"} {
			if !strings.Contains(err.Error(), name) {
				t.Errorf("%s is not named in: %v", name, err)
			}
		}
	})
}

func TestPrintedConfigurationMasksSecrets(t *testing.T) {
	c, err := configured(t, map[string]string{
		"SIPAS_MONGODB_URI": "mongodb://sipas:hush@db/", "SIPAS_ADMIN_PASSWORD": "a long password", "SIPAS_PAGE_KEY": strongKey(5),
	})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.print(&out); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hush", "a long password", strongKey(5)} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the printed configuration shows a secret:\n%s", out.String())
		}
	}
	for _, s := range settings {
		if !strings.Contains(out.String(), s.name+":") {
			t.Errorf("%s is not printed", s.name)
		}
	}
}

func TestDemoUnlessNamed(t *testing.T) {
	for _, test := range []struct {
		name        string
		environment map[string]string
		args        []string
		wants       bool
		printed     string
	}{
		{"nothing", nil, nil, true, `"auto"`},
		{"a data folder", nil, []string{"--data", "x"}, true, `"auto"`},
		{"auto", map[string]string{"SIPAS_DEMO": "auto"}, nil, true, `"auto"`},
		{"MongoDB", nil, []string{"--mongodb-uri", "mongodb://db"}, false, `"auto"`},
		{"MongoDB, with its users in a database", nil, []string{"--mongodb-uri", "mongodb://db/admin", "--mongodb-database", "x", "--demo"}, true, `"true"`},
		{"not wanted", nil, []string{"--demo=false"}, false, `"false"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := configured(t, test.environment, test.args...)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := c.print(&out); err != nil {
				t.Fatal(err)
			}
			if c.wantsDemo() != test.wants {
				t.Errorf("it wants the demo province: %v, want %v", c.wantsDemo(), test.wants)
			}
			if !regexp.MustCompile(`(?m)^demo: +`+test.printed+` `).MatchString(out.String()) || !regexp.MustCompile(`(?m)^public-url: +"http://localhost:8080" `).MatchString(out.String()) {
				t.Errorf("printed, want demo %s:\n%s", test.printed, &out)
			}
		})
	}
}

func TestFlagsOfTheStore(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, ""},
		{[]string{"--data", "tinh"}, " --data tinh"},
		{[]string{"--data", "my tinh's"}, ` --data 'my tinh'\''s'`},
		{[]string{"--mongodb-uri", "mongodb://u:hush@db", "--mongodb-database", "tinh", "--data", "keys"}, " --mongodb-uri … --mongodb-database tinh --data keys"},
	} {
		t.Run(test.want, func(t *testing.T) {
			c, err := configured(t, nil, test.args...)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.storeFlags(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestKeysAreMadeOnceAndPrivate(t *testing.T) {
	c, err := configured(t, nil, "--data", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	first, err := loadKeys(c)
	if err != nil {
		t.Fatal(err)
	}
	second, err := loadKeys(c)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Ledger, second.Ledger) || !bytes.Equal(first.Page, second.Page) || !bytes.Equal(first.Signing, second.Signing) {
		t.Error("the second start has other keys")
	}
	for _, name := range []string{"signing-key", "page-key", "ledger-key"} {
		info, err := os.Stat(filepath.Join(c.Data, "keys", name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", name, info.Mode().Perm())
		}
	}
	if err := os.WriteFile(filepath.Join(c.Data, "keys", "page-key"), []byte("damaged\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadKeys(c); err == nil {
		t.Error("a damaged key is accepted")
	}
}
