/** One line of `k3v doctor`: `todo` says what to do about a warning or a failure, and how to find out what was not tried. */
export type Finding =
  | { status: 'ok'; what: string }
  | { status: 'skip'; what: string; todo?: string }
  /** k3v works, less well than it could. */
  | { status: 'warn'; what: string; todo: string }
  /** k3v does not start, or does not work. */
  | { status: 'fail'; what: string; todo: string };

export function ok(what: string): Finding {
  return { status: 'ok', what };
}

export function skip(what: string, todo?: string): Finding {
  return { status: 'skip', what, ...(todo === undefined ? {} : { todo }) };
}

export function warn(what: string, todo: string): Finding {
  return { status: 'warn', what, todo };
}

export function fail(what: string, todo: string): Finding {
  return { status: 'fail', what, todo };
}

/** Thrown by a check that could not be made for lack of something that another check speaks of. */
export class NotTried extends Error {
  override readonly name = 'NotTried';
}
