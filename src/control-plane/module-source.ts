import { K3vError } from '../errors.ts';
import { runGo } from './go-tool.ts';

/** Returns the folder in Go's module cache with the source of the module `path`, as `moduleDir` pins it. Rejects like `runGo`. */
export async function moduleSource(moduleDir: string, path: string, signal: AbortSignal): Promise<string> {
  const answer = await runGo({ moduleDir, cgo: false, signal }, ['mod', 'download', '-json', path]);
  const module: unknown = JSON.parse(answer);
  if (typeof module === 'object' && module !== null && 'Dir' in module && typeof module.Dir === 'string') {
    return module.Dir;
  }
  throw new K3vError('BUILD_FAILED', `go does not say where the module ${path} lies`);
}
