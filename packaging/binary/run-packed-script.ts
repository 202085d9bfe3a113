import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { zstdDecompressSync } from 'node:zlib';

/** Runs the CommonJS script in `packed`, zstd in base64, and returns its exports. `name` stands in stack traces. */
export function runPackedScript(name: string, packed: string): unknown {
  const code = zstdDecompressSync(Buffer.from(packed, 'base64')).toString();
  const module = { exports: {} };
  const run = compileFunction(code, ['module', 'exports', 'require'], { filename: name });
  run(module, module.exports, createRequire(process.execPath));
  return module.exports;
}
