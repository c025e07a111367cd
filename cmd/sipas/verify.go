package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/registry"
)

// noSealLimits is what a verification without a seal cannot find.
const noSealLimits = "Without a seal, these cannot be found: entries taken away from the end of the audit log, or of a stream whose end was\n" +
	"not noted or whose note was changed with it; a stream taken away with its registration; and that the store was\n" +
	"declared anew to hold real or synthetic data.\n"

func newVerifyCommand() *cobra.Command {
	var sealPath string
	var publicKeys []string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check the whole ledger and the audit log: nothing changed, removed, moved or put in between",
		Long: "Read the ledger of the configured store to its end and check its chains, its signatures and its open parts. It\n" +
			"works beside running servers and writes nothing to it. Every bad entry is named by stream, n, id and reason; the\n" +
			"exit code is 0 only where there is none. The audit log is checked the same way, to its first bad entry. With --seal,\n" +
			"every head that the seal names must still be in place, that of the audit log too, and the store must be the one that\n" +
			"was sealed, of real or of synthetic data.\n" +
			"Streams of a key that is neither the configured ledger key nor named with --public-key are bad; where the key was\n" +
			"changed, name the old ones. Short unsigned tails and unfinished erasures are told of and are no faults.\n\n" +
			noSealLimits + "\n" + sealLimits,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return verify(cmd, sealPath, publicKeys) },
	}
	addSettings(cmd.Flags(), "data", "mongodb-uri", "mongodb-database", "ledger-key", "log-level")
	cmd.Flags().StringVar(&sealPath, "seal", "", "seal whose heads must be in place")
	cmd.Flags().StringArrayVar(&publicKeys, "public-key", nil, "public key that streams may have beside that of the configured ledger key, as the command seal prints it; may be repeated")
	return cmd
}

func verify(cmd *cobra.Command, sealPath string, publicKeys []string) (err error) {
	c, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	keys, err := expectedKeys(c, publicKeys)
	if err != nil {
		return err
	}
	var seal *ledger.Seal
	if sealPath != "" {
		text, err := os.ReadFile(sealPath)
		if err != nil {
			return fmt.Errorf("the seal cannot be read: %w", err)
		}
		if seal, err = ledger.ParseSeal(text); err != nil {
			return err
		}
	}
	store, province, err := openProvince(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return verifyStore(ctx, cmd.OutOrStdout(), store, province, seal, keys)
}

// publicKeys are the keys that streams and seals may have; none: not known here.
type publicKeys []ed25519.PublicKey

func (ks publicKeys) contain(key ed25519.PublicKey) bool {
	return slices.ContainsFunc(ks, func(k ed25519.PublicKey) bool { return k.Equal(key) })
}

func (ks publicKeys) String() string {
	var texts []string
	for _, k := range ks {
		texts = append(texts, publicKeyText(k))
	}
	return strings.Join(texts, ", ")
}

// expectedKeys gives the named keys and that of the ledger key, as far as it is known here.
func expectedKeys(c *config, named []string) (publicKeys, error) {
	var keys publicKeys
	for _, text := range named {
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("--public-key must be base64 of %d bytes", ed25519.PublicKeySize)
		}
		keys = append(keys, key)
	}
	configured, err := knownLedgerKey(c)
	if err != nil {
		return nil, err
	}
	if configured != nil {
		keys = append(keys, configured.Public().(ed25519.PublicKey))
	}
	return keys, nil
}

// kindName says in words what Identity.Synthetic says.
func kindName(synthetic bool) string {
	if synthetic {
		return "synthetic demo data"
	}
	return "real data"
}

// verifyStore verifies and says in plain words what was found. The error says
// that the ledger, the audit log or the seal is not what it should be.
func verifyStore(ctx context.Context, out io.Writer, store survey.Store, province survey.Identity, seal *ledger.Seal, keys publicKeys) error {
	fmt.Fprintf(out, "Store %s (%s)\n", province.ID, kindName(province.Synthetic))
	if seal != nil {
		if seal.Store != province.ID {
			return fmt.Errorf("the seal is of another store: %q", seal.Store)
		}
		if len(keys) > 0 && !keys.contain(seal.PublicKey) {
			return fmt.Errorf("the seal is signed with the key %s, not with the ledger's %s; where the key was changed since, name the old one with --public-key",
				publicKeyText(seal.PublicKey), keys)
		}
	}
	verifier := ledger.Verifier{Store: store.Ledger(), Seal: seal, Found: func(p ledger.Problem) { printProblem(out, p) }}
	report, err := verifier.Verify(ctx)
	if err != nil {
		return err
	}
	foreign := printVerification(out, report, keys)
	var faults []string
	if n := report.Bad(); n > 0 {
		faults = append(faults, counted(n, "bad entry", "bad entries"))
	}
	if foreign > 0 {
		faults = append(faults, counted(int64(foreign), "stream", "streams")+" of a key that is not known here; where the key was changed, name the old one with --public-key")
	}
	broken, err := verifyAudit(ctx, out, store.Audit())
	if err != nil {
		return err
	}
	if broken {
		faults = append(faults, "the audit log is broken")
	}
	if seal == nil {
		fmt.Fprint(out, "\n", noSealLimits)
	} else {
		displaced, err := verifySeal(ctx, out, store.Audit(), province, seal, report)
		if err != nil {
			return err
		}
		faults = append(faults, displaced...)
	}
	if len(faults) > 0 {
		return fmt.Errorf("the ledger is not clean: %s", strings.Join(faults, "; "))
	}
	_, err = fmt.Fprintln(out, "\nThe ledger is clean.")
	return err
}

// verifyAudit verifies the audit log up to its first bad entry. The error is that of a store that does not answer.
func verifyAudit(ctx context.Context, out io.Writer, chain survey.AuditStore) (broken bool, err error) {
	n, err := registry.VerifyAudit(ctx, chain)
	switch {
	case survey.IsCode(err, survey.CodeInternal):
		fmt.Fprintf(out, "Audit log: BAD after %s: %v\n", counted(n, "entry", "entries"), err)
		return true, nil
	case err != nil:
		return false, err
	}
	fmt.Fprintf(out, "Audit log: %s, in one chain\n", counted(n, "entry", "entries"))
	return false, nil
}

// verifySeal says what of a seal of this store is in place, by the report of a
// verification with it, and gives what is not, apart from the ledger's entries. The
// error is that of the store.
func verifySeal(ctx context.Context, out io.Writer, chain survey.AuditStore, province survey.Identity, seal *ledger.Seal, report ledger.Report) (faults []string, err error) {
	state := "in place"
	if report.Displaced > 0 {
		state = fmt.Sprintf("%d NOT in place", report.Displaced)
	}
	fmt.Fprintf(out, "Seal: of %s, %s, %s; key %s\n", seal.At.In(survey.Vietnam).Format(time.RFC3339), counted(int64(len(seal.Heads)), "head", "heads"), state, publicKeyText(seal.PublicKey))
	if seal.Audit == nil {
		fmt.Fprintln(out, "  It does not name the audit log: it was made before seals did.")
	} else {
		there, err := holds(ctx, chain, *seal.Audit)
		if err != nil {
			return nil, err
		}
		if !there {
			fmt.Fprintf(out, "  BAD  audit log, n %d: the entry that the seal names here is gone or another one\n", seal.Audit.N)
			faults = append(faults, "the audit log does not hold the entry that the seal names")
		}
	}
	if seal.Synthetic != province.Synthetic {
		fmt.Fprintf(out, "  BAD  the store says that it holds %s, the seal %s\n", kindName(province.Synthetic), kindName(seal.Synthetic))
		faults = append(faults, "the store was declared to hold "+kindName(province.Synthetic)+" after it was sealed")
	}
	fmt.Fprint(out, "\n", sealLimits)
	return faults, nil
}

// holds reports whether an audit log holds the entry of a head; that of an empty log
// names none.
func holds(ctx context.Context, chain survey.AuditStore, head ledger.Head) (bool, error) {
	if head.N == 0 {
		return true, nil
	}
	found, err := chain.After(ctx, head.N-1, 1)
	return len(found) == 1 && found[0].N == head.N && bytes.Equal(found[0].Hash, head.Hash), err
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func printProblem(out io.Writer, p ledger.Problem) {
	fmt.Fprintf(out, "  BAD  stream %q, n %d, id %q: %s\n", p.Stream, p.N, p.ID, problemText(p))
}

// mostNamed is how many of what is no fault are named one by one.
const mostNamed = 20

// printVerification prints the summary and gives the number of streams of a key
// that is not known, where any key is.
func printVerification(out io.Writer, report ledger.Report, keys publicKeys) (unknown int) {
	fmt.Fprintf(out, "Streams: %d\nEntries: %d\nBad entries: %d\n", len(report.Streams), report.Entries(), report.Bad())

	var unsigned int64
	var tails, foreign []string
	for _, s := range report.Streams {
		if s.Unsigned > 0 {
			unsigned += s.Unsigned
			tails = append(tails, fmt.Sprintf("stream %q: %d", s.Stream.ID, s.Unsigned))
		}
		if len(s.Stream.PublicKey) == ed25519.PublicKeySize && !keys.contain(s.Stream.PublicKey) {
			foreign = append(foreign, fmt.Sprintf("stream %q, started %s, key %s", s.Stream.ID, s.Stream.StartedAt.In(survey.Vietnam).Format(time.RFC3339), publicKeyText(s.Stream.PublicKey)))
		}
	}
	fmt.Fprintf(out, "Unsigned tail: %d entries of %d streams (nothing signed covers them; a server that was killed may leave some)\n", unsigned, len(tails))
	printNamed(out, tails, len(tails))
	fmt.Fprintf(out, "Unfinished erasures: %d (erase them again to finish)\n", report.UnfinishedCount)
	printNamed(out, report.Unfinished, int(report.UnfinishedCount))
	switch {
	case len(keys) == 0:
		fmt.Fprintln(out, "Warning: the ledger's key is not known here, so signatures were held against the registered keys only; name it with --public-key")
	case len(foreign) > 0:
		fmt.Fprintf(out, "Streams of an unknown key: %d (known: %s)\n", len(foreign), keys)
		printNamed(out, foreign, len(foreign))
		return len(foreign)
	}
	return 0
}

func printNamed(out io.Writer, names []string, total int) {
	for _, name := range names[:min(len(names), mostNamed)] {
		fmt.Fprintf(out, "  %s\n", name)
	}
	if total > mostNamed {
		fmt.Fprintf(out, "  … and %d more\n", total-mostNamed)
	}
}

// missingText names the missing entries by their numbers.
func missingText(first, last int64) string {
	if first == last {
		return fmt.Sprintf("entry %d is missing", last)
	}
	return fmt.Sprintf("entries %d to %d are missing", first, last)
}

func problemText(p ledger.Problem) string {
	switch p.Reason {
	case ledger.ReasonGap:
		return missingText(p.N-p.Missing, p.N-1) + " before it"
	case ledger.ReasonEnd:
		return "the stream was noted to end here, and " + missingText(p.N-p.Missing+1, p.N)
	case ledger.ReasonPrev:
		return "it does not follow the entry before it"
	case ledger.ReasonHash:
		return "its content is not what was hashed"
	case ledger.ReasonOpen:
		return "its open part is not what was hashed"
	case ledger.ReasonSignature:
		return "its signature is not of the stream's key"
	case ledger.ReasonKey:
		return "the stream is registered without a key, so nothing in it is signed"
	case ledger.ReasonUnsigned:
		return "more entries before it are unsigned than a killed server can leave"
	case ledger.ReasonErasure:
		return "its open part is gone and no erasure says so"
	case ledger.ReasonUnread:
		return "what is stored here is no entry"
	case ledger.ReasonSealed:
		return "it is not the entry that the seal names here"
	case ledger.ReasonRemoved:
		return "the entry that the seal names here is gone"
	case ledger.ReasonStream:
		return "the seal names this stream, and it is gone"
	}
	return p.Reason
}
