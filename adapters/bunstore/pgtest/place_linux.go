package pgtest

import "syscall"

// place returns the folder below which a server is put: where it can be in memory, as making a database writes hundreds of small files, and
// else the system's for temporary files, which is "".
func place() string {
	const (
		memory = "/dev/shm"
		enough = 4 << 30     // bytes: a few databases and the write-ahead log, many times over
		tmpfs  = 0x0102_1994 // TMPFS_MAGIC of statfs(2)
	)
	var is syscall.Statfs_t
	if err := syscall.Statfs(memory, &is); err != nil || is.Type != tmpfs || is.Bavail < enough/uint64(is.Bsize) {
		return ""
	}
	return memory
}
