package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
)

// helpColumns is how wide the flags of a command are shown.
const helpColumns = 120

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "grps",
		Short: "Rank the members of a Roblox group by rule",
		Long: `GRPS receives reports from game servers, keeps every player's standing, decides by policy files who is
promoted, demoted, suspended or banned, and carries that out through Roblox Open Cloud.`,
		Example:       "  grps serve --sandbox      try everything without a Roblox account\n  grps policy show          print the rank ladder",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
	}
	root.SetVersionTemplate("grps {{.Version}}\n")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(flagFault)
	root.SetHelpCommand(newHelp())
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", helpColumns)))
	root.AddCommand(
		newServe(), newSandboxCommand(), newMigrate(), newPolicy(), newEvaluate(), newDecision(), newApprovals(), newApprove(), newReject(), newHold(), newUndo(), newRewind(), newReview(), newReconcile(), newAutomation(), newFindings(), newWebhooks(),
		newHealth(), newBench(), newImport(), newExport(), newErase(), newBackup(), newRestore(), newKeys(), newConfig(), newDoctorCommand(), newVersion(),
	)
	return root
}

// explain prints err for a person and returns the exit code it deserves.
func explain(w io.Writer, err error) int {
	code := exitFault
	if _, ok := errors.AsType[usageError](err); ok {
		code = exitUsage
	}
	e, ok := errors.AsType[*domain.Error](err)
	if !ok {
		fmt.Fprintln(w, "grps:", oneLine(err))
		return code
	}
	if e.Kind == domain.KindInvalid {
		code = exitUsage
	}
	if len(e.Fields) == 0 {
		fmt.Fprintln(w, "grps:", oneLine(err))
		return code
	}
	fmt.Fprintln(w, "grps:", visible(e.Message))
	for _, f := range e.Fields {
		fmt.Fprintf(w, "  %s %s\n", visible(f.Field), visible(f.Message))
	}
	return code
}

// oneLine returns the text of an error in the words of people, without the line breaks that some libraries put in, and what else is unseen.
// Errors that were joined follow each other.
func oneLine(err error) string {
	return visible(strings.Join(strings.Fields(joint.ReplaceAllString(inWords(err), "$1; $2")), " "))
}

// joint is where errors.Join puts one error behind another.
var joint = regexp.MustCompile(`(\S)\n(\S)`)
