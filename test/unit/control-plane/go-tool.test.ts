import { describe, expect, it } from 'vitest';
import { goError, isPackageLine } from '../../../src/control-plane/go-tool.ts';

describe('the output of go', () => {
  it.each([
    ['k8s.io/kubernetes/cmd/kube-apiserver', true],
    ['runtime', true],
    ['github.com/a/b.v2/c++', true],
    ['# k8s.io/kubernetes/pkg/api', false],
    ['go: downloading k8s.io/api v0.36.3', false],
    ['pkg/main.go:3:2: undefined: x', false],
    ['', false],
  ])('%j begins a package: %s', (line, expected) => {
    expect(isPackageLine(line)).toBe(expected);
  });

  it.each([
    ['go: go.mod requires go >= 1.26.0 (running go 1.22.1; GOTOOLCHAIN=local)', 'BUILD_TOOL_MISSING', /Install Go/],
    ['go: errors parsing go.mod:\ngo.mod:5: unknown directive: tool', 'BUILD_TOOL_MISSING', /Install Go/],
    ['write $WORK/b1: no space left on device', 'DISK_FULL', /space/],
    ['verifying x@v1: checksum mismatch', 'CHECKSUM_MISMATCH', /proxy/],
    ['go: x@v1: Get "https://x": dial tcp: lookup x: no such host', 'BUILD_FAILED', /GOPROXY/],
    ['# example.com/x\n./main.go:3:2: undefined: y', 'BUILD_FAILED', /^$/],
  ])('%j means %s', (stderr, code, hint) => {
    const error = goError(`runtime\n${stderr}`, 'Command failed with exit code 1: go build');
    expect(error).toMatchObject({ code, message: `Command failed with exit code 1: go build\n${stderr}` });
    expect(error.hint ?? '').toMatch(hint);
  });
});
