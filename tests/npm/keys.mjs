// Signing keys as Standard Webhooks 1.0.0 writes them: whsec_ (HMAC-SHA256, signs v1), whsk_ and whpk_ (Ed25519,
// private and public, sign and verify v1a). Pure.
import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';

// What stands before the 32 bytes of an Ed25519 public key in its SubjectPublicKeyInfo (RFC 8410).
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

export function makeSymmetricKey() {
  return 'whsec_' + randomBytes(32).toString('base64');
}

export function makeKeyPair() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d, 'base64url');
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url');
  return { privateKey: 'whsk_' + seed.toString('base64'), publicKey: 'whpk_' + point.toString('base64') };
}

// Whether one of the v1a signatures in the header is by that key over "id.timestamp.body".
export function verifyAsymmetric(publicKey, headers, body) {
  const point = Buffer.from(publicKey.slice('whpk_'.length), 'base64');
  if (!publicKey.startsWith('whpk_') || point.length !== 32) throw new Error('expected whpk_ and 32 bytes in base64');
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, point]), format: 'der', type: 'spki' });
  const signed = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`), body]);
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((signature) => signature.startsWith('v1a,'))
    .some((signature) => verify(null, signed, key, Buffer.from(signature.slice('v1a,'.length), 'base64')));
}
