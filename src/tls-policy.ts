/**
 * What is spoken in TLS 1.2 beside 1.3: key exchange by ECDHE and authenticated encryption only, what RFC 9325 (4.2) recommends. HTTP/2 wants the first two. The names of OpenSSL and
 * of IANA, which Go goes by.
 */
const cipherSuites = [
  ['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
  ['ECDHE-RSA-AES128-GCM-SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
  ['ECDHE-ECDSA-AES256-GCM-SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
  ['ECDHE-RSA-AES256-GCM-SHA384', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'],
  ['ECDHE-ECDSA-CHACHA20-POLY1305', 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'],
  ['ECDHE-RSA-CHACHA20-POLY1305', 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'],
] as const;

/** Node would speak no TLS 1.3 if none of its suites were named; Go has them in any case. */
const suitesOfTls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

/** What every TLS server of k3v's own speaks. */
export const tlsPolicy = {
  minVersion: 'TLSv1.2',
  ciphers: [...suitesOfTls13, ...cipherSuites.map(([openssl]) => openssl)].join(':'),
} as const;

/** Makes the servers of Kubernetes' components speak the same. */
export const tlsFlags = {
  'tls-min-version': 'VersionTLS12',
  'tls-cipher-suites': cipherSuites.map(([, iana]) => iana).join(','),
} as const;
