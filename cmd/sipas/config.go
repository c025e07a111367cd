package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// setting is one entry of the configuration: a flag --name, an environment
// variable SIPAS_NAME (or SIPAS_NAME_FILE with the path of a file that holds the value) and a key
// of the configuration file.
type setting struct {
	name   string
	value  any // the default; its type is the setting's type: string, bool or int
	secret bool
	usage  string
}

// autoDemo is what happens where demo is neither true nor false.
const autoDemo = "auto: a new embedded store without --production gets it"

var settings = []setting{
	{"listen", "127.0.0.1:8080", false, "address to serve on"},
	{"data", "data", false, "folder of the embedded store and of generated keys"},
	{"public-url", "", false, "address citizens reach the server by; the base of every QR code (default: http://localhost with the port of listen)"},
	{"mongodb-uri", "", true, "connection string of a MongoDB replica set; empty: the embedded store"},
	{"mongodb-database", "sipas", false, "database of the province on MongoDB"},
	{"production", false, false, "refuse to start with weak or missing secrets; never load demo data"},
	{"demo", false, false, "load the synthetic demo province into a new store (default " + autoDemo + ")"},
	{"admin-name", "admin", false, "login name of the first administrator"},
	{"admin-password", "", true, "password of the first administrator (default: a printed one-time password)"},
	{"signing-key", "", true, "key of access tokens: base64 of at least 32 random bytes"},
	{"page-key", "", true, "key of form pages: base64 of at least 32 random bytes"},
	{"ledger-key", "", true, "Ed25519 seed that signs the ledger: base64 of 32 random bytes"},
	{"trusted-proxies", "", false, "comma-separated addresses or networks of reverse proxies whose forwarding headers count"},
	{"retention-months", 24, false, "months after which free text and demographics are erased; 0 keeps them"},
	{"languages-dir", "", false, "folder of further languages of the citizens' pages, one JSON file each"},
	{"log-level", "info", false, "debug, info, warn or error"},
}

// config is the whole configuration, resolved: flag before environment before
// file before default.
type config struct {
	Listen, Data, PublicURL        string
	MongoURI, MongoDatabase        string
	Production                     bool
	Demo                           bool
	AdminName, AdminPassword       string
	SigningKey, PageKey, LedgerKey string
	TrustedProxies                 []string
	RetentionMonths                int
	LanguagesDir                   string
	LogLevel                       slog.Level

	demoNamed, dataNamed bool // the setting was given, not defaulted
	sources              map[string]string
	values               map[string]string
}

// addSettings declares the settings a command understands; none named means all.
func addSettings(flags *pflag.FlagSet, names ...string) {
	flags.String("config", "", "YAML or TOML file with settings (also SIPAS_CONFIG)")
	for _, s := range settings {
		if len(names) > 0 && !slices.Contains(names, s.name) {
			continue
		}
		switch v := s.value.(type) {
		case string:
			flags.String(s.name, v, s.usage)
		case bool:
			flags.Bool(s.name, v, s.usage)
		case int:
			flags.Int(s.name, v, s.usage)
		}
	}
}

func environmentName(setting string) string {
	return "SIPAS_" + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}

// loadConfig resolves every setting and checks them together.
func loadConfig(cmd *cobra.Command) (*config, error) {
	file, err := readConfigFile(cmd)
	if err != nil {
		return nil, err
	}
	c := &config{sources: map[string]string{}, values: map[string]string{}}
	for _, s := range settings {
		value, source, err := resolve(cmd, file, s)
		if err != nil {
			return nil, err
		}
		c.values[s.name], c.sources[s.name] = value, source
	}
	if err := c.fill(); err != nil {
		return nil, err
	}
	if c.Production {
		if err := c.checkProduction(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func readConfigFile(cmd *cobra.Command) (*viper.Viper, error) {
	path, err := cmd.Flags().GetString("config")
	if err != nil {
		return nil, err
	}
	if path == "" {
		path = os.Getenv("SIPAS_CONFIG")
	}
	file := viper.New()
	if path == "" {
		return file, nil
	}
	file.SetConfigFile(path)
	if err := file.ReadInConfig(); err != nil {
		return nil, fmt.Errorf("the configuration file %s cannot be read: %w", path, err)
	}
	for _, key := range file.AllKeys() {
		if !slices.ContainsFunc(settings, func(s setting) bool { return s.name == key }) {
			return nil, fmt.Errorf("the configuration file %s has an unknown setting %q", path, key)
		}
	}
	return file, nil
}

func resolve(cmd *cobra.Command, file *viper.Viper, s setting) (value, source string, err error) {
	name := environmentName(s.name)
	if flag := cmd.Flags().Lookup(s.name); flag != nil && flag.Changed {
		return flag.Value.String(), "flag", nil
	}
	direct, hasDirect := os.LookupEnv(name)
	path, hasPath := os.LookupEnv(name + "_FILE")
	switch {
	case hasDirect && hasPath:
		return "", "", fmt.Errorf("set %s or %s_FILE, not both", name, name)
	case hasDirect:
		return direct, "environment", nil
	case hasPath:
		content, err := os.ReadFile(path)
		if err != nil {
			return "", "", fmt.Errorf("%s_FILE cannot be read: %w", name, err)
		}
		return strings.TrimRight(string(content), "\r\n"), "environment file", nil
	case file.IsSet(s.name):
		value, err := scalar(file.Get(s.name))
		if err != nil {
			return "", "", fmt.Errorf("%s in the configuration file %w", s.name, err)
		}
		return value, "configuration file", nil
	}
	return fmt.Sprint(s.value), "default", nil
}

// scalar writes a value of the configuration file as a flag would be given; a
// list is written with commas.
func scalar(value any) (string, error) {
	switch v := value.(type) {
	case string, bool, int, int64, float64:
		return fmt.Sprint(v), nil
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			part, ok := e.(string)
			if !ok {
				return "", errors.New("must be a list of texts")
			}
			parts[i] = part
		}
		return strings.Join(parts, ","), nil
	}
	return "", errors.New("must be a text, a number, true, false or a list of texts")
}

const maxRetentionMonths = 1200

func (c *config) given(name string) bool { return c.sources[name] != "default" }

func (c *config) fill() error {
	v := c.values
	flag := func(name string) (bool, error) {
		switch strings.ToLower(v[name]) {
		case "true", "1", "yes":
			return true, nil
		case "false", "0", "no", "":
			return false, nil
		}
		return false, fmt.Errorf("%s (%s) must be true or false", name, environmentName(name))
	}
	var err error
	if c.Production, err = flag("production"); err != nil {
		return err
	}
	if c.demoNamed = c.given("demo") && v["demo"] != "auto"; c.demoNamed {
		if c.Demo, err = flag("demo"); err != nil {
			return err
		}
	}
	if c.RetentionMonths, err = strconv.Atoi(v["retention-months"]); err != nil || c.RetentionMonths < 0 || c.RetentionMonths > maxRetentionMonths {
		return fmt.Errorf("retention-months (SIPAS_RETENTION_MONTHS) must be a whole number from 0 (free text and demographics are kept) to %d", maxRetentionMonths)
	}
	if err := c.LogLevel.UnmarshalText([]byte(v["log-level"])); err != nil {
		return fmt.Errorf("log-level (SIPAS_LOG_LEVEL) must be debug, info, warn or error")
	}
	c.Listen, c.Data, c.LanguagesDir = v["listen"], v["data"], v["languages-dir"]
	if err := checkDataFolder(c.Data); err != nil {
		return err
	}
	c.MongoURI, c.MongoDatabase = v["mongodb-uri"], v["mongodb-database"]
	if c.MongoURI != "" {
		if err := checkMongoURI("mongodb-uri (SIPAS_MONGODB_URI)", c.MongoURI, "--mongodb-database (SIPAS_MONGODB_DATABASE)", c.given("mongodb-database")); err != nil {
			return err
		}
	}
	c.AdminName, c.AdminPassword = v["admin-name"], v["admin-password"]
	c.SigningKey, c.PageKey, c.LedgerKey = v["signing-key"], v["page-key"], v["ledger-key"]
	for proxy := range strings.SplitSeq(v["trusted-proxies"], ",") {
		if proxy = strings.TrimSpace(proxy); proxy != "" {
			if _, err := netip.ParsePrefix(proxy); err != nil {
				if _, err := netip.ParseAddr(proxy); err != nil {
					return fmt.Errorf("trusted-proxies (SIPAS_TRUSTED_PROXIES) must be addresses or networks such as 10.0.0.0/8, separated by commas")
				}
			}
			c.TrustedProxies = append(c.TrustedProxies, proxy)
		}
	}
	c.dataNamed = c.given("data")
	return c.fillPublicURL()
}

// checkDataFolder refuses a file where a folder is meant, before a folder is made of its name.
func checkDataFolder(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() || err != nil && filepath.Ext(path) == ".db" {
		return fmt.Errorf("data (SIPAS_DATA) names a folder, and %s is none; the store is the file %s in it", path, storeFile)
	}
	return nil
}

func isMongoURI(text string) bool {
	return strings.HasPrefix(text, "mongodb://") || strings.HasPrefix(text, "mongodb+srv://")
}

// namesMongoDB reports whether a text means MongoDB, though it may be mistyped.
func namesMongoDB(text string) bool { return strings.HasPrefix(strings.ToLower(text), "mongodb") }

// mongoURIParts takes a MongoDB URI apart and finds nothing wrong. The driver's
// own reading asks name servers.
func mongoURIParts(uri string) (scheme, authority, path string) {
	scheme, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "?")
	authority, path, _ = strings.Cut(rest, "/")
	return scheme, authority, path
}

// checkMongoURI refuses what is no MongoDB URI, and one with a path where the
// database is not named: in the path stands where the users are looked up, but somebody may
// mean the province by it. What it says repeats nothing of the URI, which may hold a password.
func checkMongoURI(setting, uri, databaseSetting string, databaseNamed bool) error {
	if !isMongoURI(uri) {
		return fmt.Errorf("%s must be a mongodb:// or mongodb+srv:// URI", setting)
	}
	if _, _, path := mongoURIParts(uri); path != "" && !databaseNamed {
		return fmt.Errorf("the URI of %s has a path; name the province's database with %s", setting, databaseSetting)
	}
	return nil
}

// storeName says in words which store is configured.
func (c *config) storeName() string {
	if c.MongoURI != "" {
		return "the database " + c.MongoDatabase + " on MongoDB"
	}
	return "the folder " + c.Data
}

// storeFlags are the flags with which another command finds the configured store
// and its keys, each with a space before it. The URI is not repeated, for it may hold a password.
func (c *config) storeFlags() string {
	var flags string
	if c.MongoURI != "" {
		flags = " --mongodb-uri … --mongodb-database " + c.MongoDatabase
	}
	if c.dataNamed {
		flags += " --data " + shellWord(c.Data)
	}
	return flags
}

// shellWord quotes a word where a shell would take it for something else.
func shellWord(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n'\"`$\\&|;<>()[]{}*?!#~") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func (c *config) fillPublicURL() error {
	c.PublicURL = strings.TrimRight(c.values["public-url"], "/")
	if c.PublicURL == "" {
		_, port, err := net.SplitHostPort(c.Listen)
		if err != nil {
			return fmt.Errorf("listen (SIPAS_LISTEN) must be an address with a port, such as 127.0.0.1:8080")
		}
		c.PublicURL = "http://localhost:" + port
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("public-url (SIPAS_PUBLIC_URL) must be an address such as https://danhgia.example.vn")
	}
	if len(c.PublicURL) > maxPublicURL {
		return fmt.Errorf("public-url (SIPAS_PUBLIC_URL) has %d characters; with more than %d its QR codes are too fine for small stickers", len(c.PublicURL), maxPublicURL)
	}
	return nil
}

// maxPublicURL is the longest public address whose QR codes scan from the smallest sheet.
const maxPublicURL = 100

const minimumKeyBytes = 32

// decodeKey reads a configured key: base64 of at least 32 bytes that are not all
// alike, of exactly as many for the ledger's, which is a seed.
func decodeKey(name, text string) ([]byte, error) {
	howMany, most := "at least", math.MaxInt
	if name == "ledger-key" {
		howMany, most = "exactly", minimumKeyBytes
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) < minimumKeyBytes || len(key) > most || strings.Count(string(key), string(key[:1])) == len(key) {
		return nil, fmt.Errorf("%s must be base64 of %s %d random bytes; make one with: openssl rand -base64 %[3]d",
			environmentName(name), howMany, minimumKeyBytes)
	}
	return key, nil
}

// checkProduction refuses what must not face the public: each missing or weak
// setting is named, all at once, with what to do.
func (c *config) checkProduction() error {
	var missing []string
	say := func(format string, args ...any) { missing = append(missing, fmt.Sprintf(format, args...)) }
	if !strings.HasPrefix(c.PublicURL, "https://") {
		say("set SIPAS_PUBLIC_URL to the https address citizens will use; it is printed in every QR code")
	}
	for _, name := range []string{"signing-key", "page-key", "ledger-key"} {
		if c.values[name] == "" {
			say("set %s (or %s_FILE); make one with: openssl rand -base64 %d", environmentName(name), environmentName(name), minimumKeyBytes)
		} else if _, err := decodeKey(name, c.values[name]); err != nil {
			say("%v", err)
		}
	}
	if c.MongoURI == "" && !c.dataNamed {
		say("set SIPAS_MONGODB_URI, or SIPAS_DATA to the folder the ratings shall be kept in")
	}
	if c.Demo {
		say("take --demo (SIPAS_DEMO) away; production never loads demo data")
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("not started in production:\n  - %s", strings.Join(missing, "\n  - "))
}

// print writes every setting, as it takes effect, with its source; secrets are masked.
func (c *config) print(w io.Writer) error {
	for _, s := range settings {
		value, source := c.values[s.name], c.sources[s.name]
		switch {
		case s.secret && value != "":
			value = "********"
		case s.name == "public-url":
			value = c.PublicURL
		case s.name == "demo" && !c.demoNamed:
			value, source = "auto", source+"; "+autoDemo
		}
		if _, err := fmt.Fprintf(w, "%-18s %-24q # %s\n", s.name+":", value, source); err != nil {
			return err
		}
	}
	return nil
}
