import { access } from 'node:fs/promises';

/** Whether something that this process may see lies at `path`. */
export function fileExists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
