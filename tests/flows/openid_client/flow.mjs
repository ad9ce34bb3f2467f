// A FAPI 2.0 client made of openid-client alone: discovery, a pushed request, private_key_jwt and
// DPoP. It reads one JSON object with what a partner's developer knows, prints where the person
// has to go, reads where they came back to, and prints what it got.
import { createInterface } from 'node:readline'

import * as client from 'openid-client'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const read = async () => JSON.parse((await lines.next()).value)
const write = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

const known = await read()
const key = await crypto.subtle.importKey(
  'jwk', known.key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'],
)
const config = await client.discovery(
  new URL(known.issuer),
  known.client_id,
  { id_token_signed_response_alg: 'ES256' },
  client.PrivateKeyJwt({ key, kid: known.key.kid }),
  { execute: [client.allowInsecureRequests] }, // The test server speaks plain HTTP.
)
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const nonce = client.randomNonce()

const pushed = await client.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: known.redirect_uri,
  scope: known.scope,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
}, { DPoP })
write({ address: pushed.href, parameters: [...pushed.searchParams.keys()].sort() })

const back = new URL((await read()).address)
const tokens = await client.authorizationCodeGrant(config, back, {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
}, undefined, { DPoP })
const person = await client.fetchUserInfo(
  config, tokens.access_token, tokens.claims().sub, { DPoP },
)
const orders = await client.fetchProtectedResource(
  config, tokens.access_token, new URL(known.resource), 'GET', undefined, undefined, { DPoP },
)
const later = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
const again = await client.fetchProtectedResource(
  config, later.access_token, new URL(known.resource), 'GET', undefined, undefined, { DPoP },
)
await client.tokenRevocation(config, later.refresh_token ?? tokens.refresh_token)
write({
  token_type: tokens.token_type,
  scope: tokens.scope,
  email: person.email,
  orders: [orders.status, again.status],
  rotated: Boolean(later.refresh_token && later.refresh_token !== tokens.refresh_token),
})
process.exit(0)
