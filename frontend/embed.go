// Package frontend carries the built web pages: the administration, the kiosk with
// its service worker, the API documentation and the phone form's script, as
// `npm run build` leaves them in dist.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files is the content of dist: admin.html, kiosk.html, docs.html, sw.js,
// kiosk.webmanifest, icons/, assets/ and .vite/manifest.json. Without a build it holds only .gitkeep; the Go packages
// and their tests work with that.
var Files fs.FS = mustSub(dist, "dist")

// mustSub panics on a path that is not valid, which only a change of this file can cause.
func mustSub(files fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(files, dir)
	if err != nil {
		panic(err)
	}
	return sub
}
