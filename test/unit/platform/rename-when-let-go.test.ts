import { describe, expect, it } from 'vitest';
import { renameWhenLetGo } from '../../../src/platform/rename-when-let-go.ts';

const refusal = (code: string) => Object.assign(new Error(`${code}: rename`), { code });

/** Renames once it has been refused `times` times; both lists what happened. */
function held(code: string, times: number) {
  const happened: string[] = [];
  const attempt = async (from: string, to: string) => {
    happened.push(`${from} to ${to}`);
    await Promise.resolve();
    if (happened.filter((each) => each !== 'pause').length <= times) throw refusal(code);
  };
  const pause = async () => void (await Promise.resolve(happened.push('pause')));
  return { happened, tools: { attempt, pause } };
}

describe('a folder that is renamed on Windows', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])(
    'is waited for while its files are scanned, which is %s there',
    async (code) => {
      const { happened, tools } = held(code, 2);
      await renameWhenLetGo('a', 'b', tools);
      expect(happened).toEqual(['a to b', 'pause', 'a to b', 'pause', 'a to b']);
    },
  );

  it('is given up when it is still in use after ten seconds', async () => {
    const { happened, tools } = held('EPERM', Infinity);
    await expect(renameWhenLetGo('a', 'b', tools)).rejects.toMatchObject({ code: 'EPERM' });
    expect(happened.filter((each) => each === 'pause')).toHaveLength(49);
  });

  it('is not tried again when there is another reason', async () => {
    const { happened, tools } = held('ENOSPC', Infinity);
    await expect(renameWhenLetGo('a', 'b', tools)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(happened).toEqual(['a to b']);
  });
});
