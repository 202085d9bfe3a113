const certificate = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g;
const lineLength = 64;

/** Returns the certificates in `bundles` as PEM, each once, in an order that depends on them alone (a kubelet's differs from start to start). */
export function trustAnchors(bundles: string[]): string {
  const certificates = bundles.flatMap((pem) =>
    [...pem.matchAll(certificate)].map(([, base64 = '']) => base64.replace(/\s+/g, '')),
  );
  return [...new Set(certificates)].sort().map(toPem).join('');
}

function toPem(base64: string): string {
  const lines = base64.match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
