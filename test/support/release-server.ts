import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a file is served. `cut` sends half of the body and closes the connection; `stall` sends half and goes silent. */
export interface ServedFile {
  body: Buffer;
  fault?: 'cut' | 'stall';
}

export interface ReleaseServer {
  url: string;
  /** By path, for example `/v1.36.1+k3s1/k3s`; may be changed while the server runs. */
  files: Map<string, ServedFile>;
  /** Paths asked for so far, as they came over the wire. */
  requests: string[];
  close(): Promise<void>;
}

/** Starts a web server that serves `files`; a path under `/moved` redirects to the same path without it. */
export async function startReleaseServer(): Promise<ReleaseServer> {
  const files = new Map<string, ServedFile>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push(path);
    if (path.startsWith('/moved/')) {
      response.writeHead(302, { location: path.slice('/moved'.length) }).end();
      return;
    }
    const file = files.get(decodeURIComponent(path));
    if (file === undefined) {
      response.writeHead(404).end('not found');
      return;
    }
    response.writeHead(200, { 'content-length': file.body.length });
    if (file.fault === undefined) {
      response.end(file.body);
      return;
    }
    response.write(file.body.subarray(0, file.body.length >> 1), () => {
      if (file.fault === 'cut') response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    files,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Puts a k3s release for amd64, arm64 and armhf onto `server`, with the right checksums. */
export function publishK3s(server: ReleaseServer, version: string, binary: Buffer): void {
  const sum = createHash('sha256').update(binary).digest('hex');
  for (const [name, sums] of [
    ['k3s', 'sha256sum-amd64.txt'],
    ['k3s-arm64', 'sha256sum-arm64.txt'],
    ['k3s-armhf', 'sha256sum-arm.txt'],
  ] as const) {
    server.files.set(`/${version}/${name}`, { body: binary });
    const other = createHash('sha256').update('images').digest('hex');
    server.files.set(`/${version}/${sums}`, {
      body: Buffer.from(`${other}  ${name}-airgap-images.tar\n${sum}  ${name}\n`),
    });
  }
}
