// An identity provider for tests: npm's oidc-provider, which is certified, on loopback. It prints one line of JSON that
// says where it is and for which clients, and runs until it is stopped, or until its input ends if so asked.
//
//   node oidc-provider.mjs --redirect http://127.0.0.1:3100/sign-in/sso/callback [--port 4000] [--thin] [--until-input-ends]
//
// The sign-in page takes any e-mail address. An address with a tag, such as ada+expired@acme.example, is answered
// honestly up to the end, and then as `misbehaviours` says. --thin leaves all but the subject out of ID tokens, as the
// standard has it. POST /rotate-keys replaces the key that tokens are signed with, and what was known of it.

import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { decodeJwt, exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import Provider from 'oidc-provider';

// Standard output is for whoever started it.
console.info = console.error;

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    redirect: { type: 'string', multiple: true, default: [] },
    thin: { type: 'boolean', default: false },
    'until-input-ends': { type: 'boolean', default: false },
  },
});

// The characters that need encoding in HTTP's Basic authentication are ones that real secrets have.
const secret = `${randomBytes(16).toString('hex')}~+%/=: `;
const now = () => Math.floor(Date.now() / 1000);

/** What groups who is in; others are in none. */
const groups = {
  'ada@acme.example': ['portal-owners', 'engineering'],
  'grace@acme.example': ['portal-auditors'],
  'grace@meridian-health.example': ['portal-auditors'],
};

/** The address of each account that signed in, by its subject. */
const accounts = new Map();
const tagOf = subject => /\+([^@]*)@/.exec(accounts.get(subject) ?? '')?.[1];

function claimsOf(subject) {
  const email = accounts.get(subject);
  const plain = email.replace(/\+[^@]*/, '');
  return {
    sub: subject,
    email: tagOf(subject) === 'nowhere' ? undefined : email,
    email_verified: tagOf(subject) !== 'unverified',
    name: plain.split('@')[0].replace(/^./, first => first.toUpperCase()),
    groups: groups[plain] ?? [],
    realm_access: { roles: groups[plain] ?? [] },
  };
}

/** How the answer is spoilt for an address with this tag: the ID token's claims are changed, or how it is signed. */
const misbehaviours = {
  'wrong-issuer': { claims: claims => ({ ...claims, iss: 'https://evil.example' }) },
  'wrong-audience': { claims: claims => ({ ...claims, aud: 'another-client' }) },
  'further-audience': { claims: claims => ({ ...claims, aud: [claims.aud, 'another-client'] }) },
  'wrong-party': { claims: claims => ({ ...claims, azp: 'another-client' }) },
  'wrong-nonce': { claims: claims => ({ ...claims, nonce: 'another' }) },
  'no-nonce': { claims: ({ nonce, ...claims }) => claims },
  expired: { claims: claims => ({ ...claims, exp: now() - 1 }) },
  'made-before': { claims: claims => ({ ...claims, iat: now() - 3600 }) },
  'made-later': { claims: claims => ({ ...claims, iat: now() + 3600 }) },
  'signed-in-before': { claims: claims => ({ ...claims, auth_time: now() - 600 }) },
  'no-auth-time': { claims: ({ auth_time, ...claims }) => claims },
  'right-access-token': { claims: (claims, tokens) => ({ ...claims, at_hash: hashOf(tokens.access_token) }) },
  'wrong-access-token': { claims: claims => ({ ...claims, at_hash: hashOf('another') }) },
  'no-email': { claims: ({ email, ...claims }) => claims },
  'verified-in-words': { claims: claims => ({ ...claims, email_verified: 'true' }) },
  unverified: { claims: claims => claims },
  unsigned: { sign: claims => new UnsecuredJWT(claims).encode() },
  'shared-secret': {
    sign: claims => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret)),
  },
  // As if the public key, which everybody has, were a shared secret.
  'public-key-as-secret': {
    sign: async claims => {
      const { n } = key.public;
      return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: key.public.kid }).sign(Buffer.from(n, 'base64url'));
    },
  },
  'another-key': {
    sign: async claims => {
      const { privateKey } = await generateKeyPair('RS256');
      return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.public.kid }).sign(privateKey);
    },
  },
  'unknown-key': {
    sign: async claims => {
      const { privateKey } = await generateKeyPair('RS256');
      return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'unknown' }).sign(privateKey);
    },
  },
  'not-a-token': { sign: () => 'not-a-token' },
  replayed: { sign: (claims, honest) => (replay[claims.sub] ??= honest) },
};
const replay = {};

/** The half of a hash that binds an access token to an ID token (OpenID Connect Core 1.0, section 3.1.3.6). */
const hashOf = token => createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');

async function spoil(tokens) {
  const honest = tokens.id_token;
  const claims = decodeJwt(honest);
  const misbehaviour = misbehaviours[tagOf(claims.sub)];
  if (!misbehaviour) return;
  const changed = misbehaviour.claims?.(claims, tokens) ?? claims;
  const sign =
    misbehaviour.sign ??
    (async claims =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid: key.public.kid })
        .sign(await importJWK(key.private, 'RS256')));
  tokens.id_token = await sign(changed, honest);
}

/** Who says who it is by HTTP's Basic authentication. */
const basicClient = context => Buffer.from(context.get('authorization').slice(6), 'base64').toString().split(':')[0];

let key;
let provider;

/** A provider with a new key. What was signed and stored before stays, as it would on a real one. */
async function renew() {
  const pair = await generateKeyPair('RS256', { extractable: true });
  const naming = { kid: randomBytes(4).toString('hex'), use: 'sig', alg: 'RS256' };
  key = {
    private: { ...(await exportJWK(pair.privateKey)), ...naming },
    public: { ...(await exportJWK(pair.publicKey)), ...naming },
  };
  const client = { client_secret: secret, redirect_uris: options.redirect, response_types: ['code'] };
  provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: 'vitrine' },
      { ...client, client_id: 'vitrine-post', token_endpoint_auth_method: 'client_secret_post' },
    ],
    jwks: { keys: [key.private] },
    cookies: { keys: [cookieKey] },
    conformIdTokenClaims: options.thin,
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'realm_access'],
      groups: ['groups'],
    },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, subject) => ({ accountId: subject, claims: () => claimsOf(subject) }),
    // Everybody consents to everything.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid email profile groups');
      await grant.save();
      return grant;
    },
    ttl: { Session: 3600, Interaction: 3600, Grant: 3600, AccessToken: 3600, IdToken: 3600, AuthorizationCode: 60 },
    renderError: (context, error) => {
      context.type = 'text';
      context.body = `${error.error}: ${error.error_description}\n`;
    },
  });
  provider.use(async (context, next) => {
    // It takes a secret in either way from any client; many providers don't.
    if (context.path === '/token' && basicClient(context) === 'vitrine-post') {
      context.status = 401;
      context.body = { error: 'invalid_client', error_description: 'registered for client_secret_post' };
      return;
    }
    await next();
    const route = context.oidc?.route;
    if (route === 'token' && context.body?.id_token) await spoil(context.body);
    if (route === 'userinfo' && tagOf(context.body?.sub) === 'another-subject') context.body.sub = 'another';
  });
}

const page = (email, error) => `<!doctype html>
<html lang="en"><title>Identity provider for tests</title><link rel="icon" href="data:,">
<h1>Identity provider for tests</h1>${error}
<form method="post">
<label>Email <input name="email" type="email" value="${email.replace(/[&"<>]/g, c => `&#${c.charCodeAt(0)};`)}"></label>
<button name="do" value="sign-in">Sign in</button>
<button name="do" value="cancel">Cancel</button>
</form></html>
`;

async function interact(request, response) {
  if (request.method !== 'POST') {
    const { params } = await provider.interactionDetails(request, response);
    response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page(params.login_hint ?? '', ''));
    return;
  }
  let body = '';
  for await (const part of request) body += part;
  const form = new URLSearchParams(body);
  if (form.get('do') === 'cancel') {
    const result = { error: 'access_denied', error_description: 'The person cancelled.' };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    return;
  }
  const email = form.get('email') ?? '';
  if (!email.includes('@')) {
    response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page(email, '<p role="alert">An address.</p>'));
    return;
  }
  const subject = createHash('sha256').update(email).digest('hex');
  accounts.set(subject, email);
  const result = { login: { accountId: subject } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const cookieKey = randomBytes(16).toString('hex');
const server = createServer(async (request, response) => {
  try {
    if (request.url.startsWith('/interaction/')) {
      await interact(request, response);
    } else if (request.url === '/rotate-keys' && request.method === 'POST') {
      await renew();
      response.end(`${key.public.kid}\n`);
    } else {
      await provider.callback()(request, response);
    }
  } catch (error) {
    console.error(error);
    response.writeHead(500).end(`${error}\n`);
  }
});
await new Promise(resolve => server.listen(Number(options.port), '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
await renew();
console.log(JSON.stringify({ issuer, clients: ['vitrine', 'vitrine-post'], secret }));

if (options['until-input-ends']) {
  process.stdin.resume().on('end', () => process.exit(0));
}
