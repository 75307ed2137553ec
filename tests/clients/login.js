// Logs in with node-postgres, whose login code is JavaScript and not libpq, and prints the answer.
// Arguments: the connection URI and a query.
const { Client } = require("pg");

async function main([uri, query]) {
  const client = new Client({ connectionString: uri });
  await client.connect();
  const answer = await client.query({ text: query, rowMode: "array" });
  console.log(answer.rows[0][0]);
  await client.end();
}

main(process.argv.slice(2));
