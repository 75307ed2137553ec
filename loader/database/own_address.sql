-- The port that the server itself listens on, and its address if it reports one.
select
    current_setting('port') as port,
    host(inet_server_addr()) as address
