// Package pins names the module whose programs are built, so that its version and theirs stand in go.mod and go.sum.
package pins

import _ "github.com/summerwind/h2spec"
