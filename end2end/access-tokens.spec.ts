import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { expect, test } from './fixtures';
import { server } from './server';

// A provider's gateway, which knows our published keys and a JOSE library that isn't ours.
test('a token of a grant verifies with jose, and is active until the grant is ended', async ({
  request,
  baseURL,
}, { project }) => {
  const token = (scope: string, ...owner: string[]) =>
    server(project.name, ['token', 'create', ...owner, '--scope', scope]).trim();
  const gateway = token('access-requests:write', '--provider');
  const customer = token('access-decisions:write', '--customer', 'meridian-health');
  const as = (bearer: string) => ({ Authorization: `Bearer ${bearer}` });
  const introspect = async (of: string) =>
    (await request.post('/api/v1/introspect', { headers: as(gateway), form: { token: of } })).json();
  const ask = async (reference: string) => {
    const data = {
      customer: 'meridian-health',
      reference: `${project.name}-${reference}`,
      accessor: 'op-7f3a',
      role: 'Storage engineer',
      employer: 'Nimbus Cloud GmbH',
      countries: ['DE'],
      justification: 'The storage of patient letters answers nobody',
      minutes: 30,
      operations: ['read'],
      // The customer is told, and reviews it afterwards: nobody approves it beforehand.
      purpose: 'break_glass_emergency',
      resources: ['patient-letters/*'],
      service: 'Object Storage',
    };
    const answer = await request.post('/api/v1/access-requests', { headers: as(gateway), data });
    expect(answer.status(), await answer.text()).toBe(201);
    return answer.json();
  };

  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', baseURL));
  const asked = await ask('ended');
  const { payload, protectedHeader } = await jwtVerify(asked.token, keys, {
    algorithms: ['EdDSA'],
    audience: 'Object Storage',
  });
  expect(protectedHeader).toEqual(decodeProtectedHeader(asked.token));
  expect(payload).toMatchObject({
    jti: asked.id,
    sub: 'op-7f3a',
    customer: 'meridian-health',
    resources: ['patient-letters/*'],
    operations: ['read'],
    purpose: 'break_glass_emergency',
  });
  expect(payload.exp! - payload.iat!).toBeLessThanOrEqual(300);
  const [header, claims, signature] = asked.token.split('.');
  const other = Buffer.from(JSON.stringify({ ...payload, sub: 'op-0000' })).toString('base64url');
  await expect(jwtVerify(`${header}.${other}.${signature}`, keys)).rejects.toThrow(errors.JWSSignatureVerificationFailed);
  expect(claims).not.toBe(other);

  // Ended by the provider, or revoked by the customer: a second later no token of it is active.
  expect(await introspect(asked.token)).toEqual({ active: true, ...payload });
  const end = await request.post(`/api/v1/access-requests/${asked.id}/end`, { headers: as(gateway), data: { how: 'hand' } });
  expect(end.status(), await end.text()).toBe(200);
  const ended = Date.now();
  expect(await introspect(asked.token)).toEqual({ active: false });
  expect(Date.now() - ended).toBeLessThan(1_000);

  const revoked = await ask('revoked');
  expect(await introspect(revoked.token)).toMatchObject({ active: true });
  const decision = { decision: 'revoke', reason: 'It answers again' };
  const revoke = `/api/v1/access-requests/${revoked.id}/decision`;
  expect((await request.post(revoke, { headers: as(customer), data: decision })).status()).toBe(200);
  const at = Date.now();
  expect(await introspect(revoked.token)).toEqual({ active: false });
  expect(Date.now() - at).toBeLessThan(1_000);
});
