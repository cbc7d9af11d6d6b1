import { useState } from "react";
import { useSite } from "../state/site-context.tsx";
import { useLanguage } from "../strings/language.tsx";

const example = { path: "plant/hall1/pump1/pressure", value: 4.2 };
const body = `{"readings": [{"path": "${example.path}",\n       "value": ${example.value}, "unit": "bar"}]}`;

/** Nothing has been sent yet: how to send something, in lines that work when pasted. */
export function NoDataYet({ mqttUrl }: { readonly mqttUrl: string | null }) {
  const { say } = useLanguage();
  const { client } = useSite();
  const token = "authorization" in client.headers() ? " \\\n  -H 'authorization: Bearer mr_...'" : "";
  const curl = `curl -X POST ${location.origin}/api/v1/write${token} \\\n  -H 'content-type: application/json' \\\n  -d '${body}'`;
  const mqtt = mqttUrl === null ? null : mosquitto(mqttUrl);
  const [before, after] = say("empty.mqttTopic", { topic: "\0" }).split("\0");
  return (
    <main className="no-data" id="plant">
      <section className="panel">
        <h2>{say("empty.title")}</h2>
        <p>{say("empty.explain")}</p>
        <h3>{say("empty.http")}</h3>
        <Lines text={curl} />
        {mqtt !== null && (
          <>
            <h3>{say("empty.mqtt")}</h3>
            <Lines text={mqtt} />
            <p className="soft">{before}<code>{example.path}</code>{after}</p>
          </>
        )}
      </section>
    </main>
  );
}

/** The broker as seen from here: where it listens on every address, it is where this page came from. */
function mosquitto(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname === "" || /^(0\.0\.0\.0|\[::\])$/.test(hostname) ? location.hostname : hostname;
  const encrypted = protocol === "mqtts:" ? " --capath /etc/ssl/certs" : "";
  return `mosquitto_pub -h ${host.replace(/^\[|\]$/g, "")} -p ${port || (encrypted === "" ? "1883" : "8883")}${encrypted} -q 1 \\\n  -t ${example.path} -m ${example.value}`;
}

function Lines({ text }: { readonly text: string }) {
  const { say } = useLanguage();
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setIsCopied(true);
    setTimeout(() => setIsCopied(false), 2000);
  };
  return (
    <div className="lines">
      <pre tabIndex={0}>{text}</pre>
      {"clipboard" in navigator && (
        <button type="button" className="button" onClick={() => void copy().catch(() => setIsCopied(false))}>{say(isCopied ? "empty.copied" : "empty.copy")}</button>
      )}
    </div>
  );
}
