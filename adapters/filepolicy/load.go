package filepolicy

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/policy"
)

// The documents of a policy, by file name. They lie side by side at the root of a folder.
const (
	ranksFile       = "policy.ranks.json"
	punishmentsFile = "policy.punishments.json"
	pointsFile      = "policy.points.json"
	permissionsFile = "permissions.json"
)

// fileNames returns the names of the documents, in the order in which faults are told.
func fileNames() []string { return []string{ranksFile, punishmentsFile, pointsFile, permissionsFile} }

// Load returns the policy that the documents at the root of a file system make up. policy.ranks.json must be there; an
// absent one of the other three means its documented defaults. A document of more than 1 MiB or 20,000 values is refused.
// The error is a *domain.Error of KindInvalid with code "policy_invalid"; its Fields name every fault, at most 100, in the
// order of the documents, with Field in the form "policy.ranks.json#/ranks/3/minPoints". Use [LoadDir] for a folder of the
// operating system, where opening a file can wait for ever and links can lead anywhere.
func Load(documents fs.FS) (domain.Policy, error) {
	return newCompiler().policy(read(documents))
}

// LoadDir is [Load] for a folder on disk; "" means the shipped documents. Links are followed as long as they stay inside
// the folder, as those of a Kubernetes config map do. A document that every user may write is refused, as is what is no
// regular file.
func LoadDir(dir string) (domain.Policy, error) {
	return newCompiler().policy(readDir(dir))
}

// policy returns the policy that a reading makes up, or the error that Load documents.
func (c compiler) policy(r reading) (domain.Policy, error) {
	if len(r.contents) == 0 && len(r.faults) > 0 {
		return domain.Policy{}, invalid(r.faults, nil)
	}
	faults := slices.Clone(r.faults)
	trees := make(map[string]*node)
	for _, file := range fileNames() {
		content, ok := r.contents[file]
		if !ok {
			continue
		}
		tree, wrong := parse(file, content)
		faults = append(faults, wrong...)
		if tree != nil {
			faults = append(faults, beyond(faults, c.schemaFaults(file, tree))...)
			trees[file] = tree
		}
	}
	rules := rulesFrom(trees)
	faults = append(faults, rules.faults...)
	result, wrong := rules.policy()
	faults = append(faults, beyond(faults, wrong)...)
	if len(faults) > 0 {
		return domain.Policy{}, invalid(faults, trees)
	}
	return result, nil
}

// readDir reads the documents in a folder on disk, or the shipped ones for "".
func readDir(dir string) reading {
	if dir == "" {
		return read(policy.Documents())
	}
	files, err := openFolder(dir)
	if err != nil {
		return reading{faults: []fault{{file: dir, message: "cannot be opened as a folder: " + reason(err) +
			"; name the folder that holds " + ranksFile}}}
	}
	defer files.close()
	return read(files)
}

// reason returns the text of err without the path that the standard library puts around it.
func reason(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}
