// An OpenID provider that knows Ada and lets her in without asking. It is told in lines of JSON:
// first the client, later whether Ada is still there.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const say = (said) => process.stdout.write(`${JSON.stringify(said)}\n`);

console.log = console.info = console.warn = console.error; // Standard output is for our lines.

let here = true;
const ada = {
  sub: "ada",
  email: "ada@acme.example",
  email_verified: true,
  name: "Ada",
  groups: ["buyers"],
};
const client = await read();
const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [{ ...client, grant_types: ["authorization_code", "refresh_token"] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
  cookies: { keys: ["a test's"] },
  features: { devInteractions: { enabled: false } },
  findAccount: (_, id) => (here ? { accountId: id, claims: () => ada } : undefined),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
});

async function agree(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  let result = { login: { accountId: "ada" } };
  if (prompt.name === "consent") {
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    result = { consent: { grantId: await grant.save() } };
  }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

const answer = provider.callback();
server.on("request", (request, response) =>
  request.url.startsWith("/interaction/") ? agree(request, response) : answer(request, response),
);
say({ issuer });
for (;;) {
  const told = await read();
  here = told.here;
  say({ here });
}
