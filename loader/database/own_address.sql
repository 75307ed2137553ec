-- The port that the server itself listens on, and its address where it says one.
select
    current_setting('port') as port, -- noqa: RF04
    host(inet_server_addr()) as address
