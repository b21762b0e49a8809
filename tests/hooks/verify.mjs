// A receiver in another language: verifies a webhook with Node's own crypto, as Standard Webhooks describes.
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

const { secret, body, headers, now } = JSON.parse(readFileSync(0, "utf8"));
const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
const key = Buffer.from(secret.replace("whsec_", ""), "base64");
const expected = createHmac("sha256", key).update(signed).digest();
const fresh = Math.abs(now - Number(headers["webhook-timestamp"])) <= 300;
const fits = headers["webhook-signature"].split(" ").some((one) => {
  const [version, signature] = one.split(",");
  const given = Buffer.from(signature, "base64");
  return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
});
console.log(fresh && fits ? JSON.parse(body).type : "refused");
