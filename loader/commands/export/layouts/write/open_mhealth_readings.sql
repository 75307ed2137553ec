-- Grain: one data point per reading; the file is text with one JSON object per line.
select
    {
        'id': md5(participant_id || '/' || epoch_us(timestamp))::uuid,
        'creation_date_time': $created,
        'schema_id': {'namespace': 'omh', 'name': 'heart-rate', 'version': '2.0'},
        'acquisition_provenance': {'source_name': 'Fitbit', 'modality': 'sensed'},
        'user_id': participant_id
    } as header,
    {
        'heart_rate': {'value': value, 'unit': 'beats/min'},
        'effective_time_frame': {'date_time': strftime(timestamp, '%Y-%m-%dT%H:%M:%S.%fZ')}
    } as body
from batches
